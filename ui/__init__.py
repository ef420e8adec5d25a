"""The console's windows, on Qt Widgets."""

import builtins
from typing import Any

import PySide6  # noqa: F401 # it puts an import hook into Python, taken out again below

# The hook reads the source of every module that is imported, to look for Qt's `__feature__` switches, which nobody here uses:
# a tenth of a second of each start, and megabytes of source text that stay in memory.
_plain: Any = getattr(builtins, "__orig_import__", None)
if _plain is not None:
    builtins.__import__ = _plain
