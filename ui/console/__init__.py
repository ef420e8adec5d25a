"""Ties the features to the shell: what opens what, and what the bars say."""
