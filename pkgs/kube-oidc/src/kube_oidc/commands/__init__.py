"""One file per command. Each has `add_arguments(parser)` and `run(arguments) -> int` (the exit status).

Heavy libraries are imported inside `run`: start-up time is what users feel.
"""
