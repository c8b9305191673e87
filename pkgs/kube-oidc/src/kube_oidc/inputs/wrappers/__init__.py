"""One file per wrapper. Adding one: its file, a fixture in `tests/inputs/files`, and a line in CHANGELOG.md."""
