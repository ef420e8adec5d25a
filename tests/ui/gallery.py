"""Draws screens and widgets with sample people, to be laid beside the pictures: python -m tests.ui.gallery FOLDER."""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from tests.ui.display import screen

SIZES = ((1440, 900), (1280, 800), (1920, 1080), (1000, 640))
SETTLE_MS = 250


def settle(ms: int = SETTLE_MS) -> None:
    """Let layouts, fonts and focus come to rest."""
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def snap(widget: QWidget, path: Path) -> None:
    """One picture of one window."""
    widget.show()
    widget.activateWindow()
    settle()
    if not widget.grab().save(str(path)):
        raise OSError(f"could not write {path}")
    widget.close()
    widget.deleteLater()
    settle(10)


def draw(
    folder: Path,
    *,
    only: str = "",
    schemes: tuple[str, ...] = ("light", "dark"),
    text_percent: int = 100,
    contrast: str = "usual",
) -> list[Path]:
    """Every picture, in both schemes; screens at each size that the design names."""
    from tests.ui.gallery_screens import SCREENS
    from tests.ui.gallery_sheets import SHEETS
    from ui.theme.apply import wear

    folder.mkdir(parents=True, exist_ok=True)
    drawn: list[Path] = []
    for scheme in schemes:
        wear(scheme, is_still=True, text_percent=text_percent, contrast=contrast)
        for name, build in SHEETS.items():
            _one(folder / f"{name}-{scheme}.png", name, only, build, drawn)
        for name, build_screen in SCREENS.items():
            for width, height in SIZES:
                if (width, height) != SIZES[0] and name not in {"a-incoming", "b-call"}:
                    continue
                path = folder / f"{name}-{scheme}-{width}x{height}.png"
                _one(path, name, only, partial(build_screen, width, height), drawn)
    return drawn


def _one(path: Path, name: str, only: str, build: Callable[[], QWidget], drawn: list[Path]) -> None:
    if only in name:
        snap(build(), path)
        drawn.append(path)


def main() -> None:
    """Draw what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="only pictures whose name contains this")
    parser.add_argument("--scheme", choices=("light", "dark"), help="only this scheme")
    parser.add_argument("--percent", type=int, default=100, help="text size")
    parser.add_argument("--contrast", choices=("usual", "more"), default="usual")
    asked = parser.parse_args()
    with screen():
        app = QApplication(["gallery", "-style", "Fusion"])
        app.setQuitOnLastWindowClosed(False)
        app.setCursorFlashTime(0)
        schemes = (asked.scheme,) if asked.scheme else ("light", "dark")
        for path in draw(asked.folder, only=asked.only, schemes=schemes, text_percent=asked.percent, contrast=asked.contrast):
            sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
