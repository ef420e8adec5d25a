"""What a question to the audit may look like, and which changes of a field can be put back."""

import re

FIELD = re.compile(r"[a-z][a-z0-9_]{0,62}")
SLACK_US = 86_400_000_000  # a day: how far a server's clock may be set back and rows still be found by their time
