"""What the directory holds."""
