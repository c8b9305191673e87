"""Questions about all tokens, answered by a solver: with a token, a proof that there is none, or neither."""
