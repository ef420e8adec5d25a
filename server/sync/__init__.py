"""Answers consoles: push, pull and live."""
