import re
from functools import cache
def error(p):
    try: re.compile(p)
    except re.error as e: return str(e)
    return None
class Regex:
    def __init__(s,p): s.r=re.compile(p)
    def matches(s,t): return s.r.search(t) is not None
@cache
def compiled(p): return Regex(p)

def _mi(self,t):
    for m in self.r.finditer(t): yield m.group()
Regex.matches_in=_mi
