"""What each noun promises, on a real database through the real executor."""
