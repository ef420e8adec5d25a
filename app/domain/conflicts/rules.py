"""How a conflict can be settled."""

from typing import Literal

Choice = Literal["mine", "theirs", "original"]
