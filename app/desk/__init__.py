"""The agent's desk without a window: sign-in, calls, screen pop, drafts, settings."""
