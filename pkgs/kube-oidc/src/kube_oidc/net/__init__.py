"""HTTP with limits on time and size, and network errors explained."""
