"""The console's encrypted copy of what its person may see: commands run here first."""
