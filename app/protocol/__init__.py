"""What console and server say to each other, without I/O."""
