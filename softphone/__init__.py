"""The softphone: a process of its own, and what others may know of it."""
