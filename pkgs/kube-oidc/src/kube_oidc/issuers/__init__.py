"""Running issuers: discovery document, keys, and whether they signed a token."""
