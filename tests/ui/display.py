"""A screen for windows on a machine that has none: Xvfb on a free display, ended when the last window test is over."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

SCREEN = "2000x1200x24"
END_TIMEOUT_S = 60


class NoScreen(RuntimeError):
    """There is neither a screen nor Xvfb."""


@contextmanager
def screen() -> Iterator[str]:
    """The display to draw on: the one that is there, or an Xvfb of our own for as long as the context lasts."""
    if os.environ.get("DISPLAY") or sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM") == "offscreen":
        yield os.environ.get("DISPLAY", "")
        return
    program = shutil.which("Xvfb")
    if program is None:
        raise NoScreen("install the Debian package xvfb, or set DISPLAY")
    read, write = os.pipe()
    server = subprocess.Popen(
        [program, "-displayfd", str(write), "-screen", "0", SCREEN, "-nolisten", "tcp", "-noreset"],
        pass_fds=(write,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    try:
        with os.fdopen(read) as said:
            number = said.readline().strip()  # ends at once when Xvfb dies
        if not number:
            raise NoScreen(f"Xvfb ended with {server.wait(END_TIMEOUT_S)}")
        os.environ["DISPLAY"] = f":{number}"
        yield os.environ["DISPLAY"]
    finally:
        os.environ.pop("DISPLAY", None)
        server.terminate()
        server.wait(END_TIMEOUT_S)
