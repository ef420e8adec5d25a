"""`patchbay`: the agent's console."""

import gc
import logging
import os
import sys


def main() -> int:
    """Open the window; `PATCHBAY_HOME` names another folder for this person's data."""
    gc.disable()  # ui.bridge.garbage does it, when the console stands
    logging.basicConfig(level=os.environ.get("PATCHBAY_LOG", "WARNING"), format="%(asctime)s %(name)s %(levelname)s %(message)s")
    from PySide6.QtWidgets import QApplication

    application = QApplication(sys.argv)
    application.setApplicationName("Patchbay")
    from ui.bootstrap import Program, first_window
    from ui.bridge.loop import run

    window = first_window()
    return run(application, lambda: Program(window).run())


if __name__ == "__main__":
    sys.exit(main())
