"""The agent's desk without a window."""
