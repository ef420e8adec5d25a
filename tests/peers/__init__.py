"""Real peers, none of them ours, on free loopback ports; plain modules, so that the demo uses them too."""
