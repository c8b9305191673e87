"""What the rules share: the configuration under review, tokens to try, names that issuers can produce."""
