"""The story, scene by scene: what happens and what the real programs must say; tests and demo play it."""
