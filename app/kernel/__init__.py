"""What records and commands stand on; knows no noun, no socket, no window."""
