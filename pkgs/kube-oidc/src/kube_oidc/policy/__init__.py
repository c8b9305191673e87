"""Users' expectations: examples (a job's token becomes this user, can do that) and invariants over all tokens."""
