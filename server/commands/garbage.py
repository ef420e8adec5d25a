"""Python's garbage in a process that serves."""

import gc

GROWTH = 50_000  # objects that are more than before when circles are looked for among them


def seldom() -> None:
    """What stands now stays; a page of a list makes thousands of objects that need no collector to go again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GROWTH, 10, 10)
