"""Keeps the replica and the server together: push, pull and live over the network."""
