"""What an issuer answers to whoever asks it: discovery document, keys, and whether they sign a token."""
