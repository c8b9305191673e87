"""Reporters: pure functions from results to text, JSON, SARIF, Markdown and HTML."""
