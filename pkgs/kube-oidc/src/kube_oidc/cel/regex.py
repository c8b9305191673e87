def error(p: str): 
    import re
    try: re.compile(p)
    except re.error as e: return str(e)
    return None
