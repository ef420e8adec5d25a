"""What an administrator can do from the command line."""
