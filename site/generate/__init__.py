"""The pages of the site that are made from the program and the repository instead of being written."""
