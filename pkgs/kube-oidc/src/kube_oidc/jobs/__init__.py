"""CI workflows as they are written: which jobs request ID tokens, when they run, and what they do with kubectl."""
