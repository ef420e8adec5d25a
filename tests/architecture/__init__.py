"""What holds for the whole tree: who imports whom, where a noun lives, what every table and command carries."""
