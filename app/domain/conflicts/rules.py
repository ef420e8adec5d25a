"""How a conflict can be settled; both: of sets alone, all words that either has."""

from typing import Literal

Choice = Literal["mine", "theirs", "original", "both"]
