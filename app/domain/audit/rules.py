"""What a question to the audit may look like, and which changes of a field can be put back."""

import re

FIELD = re.compile(r"[a-z][a-z0-9_]{0,62}")
REACHED_BY = "identity_id"  # asked for of a contact: the numbers and addresses that came and went
SLACK_US = 86_400_000_000  # a day: how far a server's clock may be set back and rows still be found by their time
