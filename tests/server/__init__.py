"""The server, over real databases and real HTTP."""
