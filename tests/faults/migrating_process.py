"""A server that brings its database up to date, and stops for ever after one of the steps: `DATABASE FOLDER REVISION MARKER`."""

import sys
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

from alembic.runtime.migration import HeadMaintainer

from server.database.engines import prepare
from server.database.place import read_place
from server.database.store import Stores


def main(database: str, folder: str, revision: str, marker: str) -> None:
    """As `serve` does it over files, and `upgrade` on PostgreSQL."""
    go_on = HeadMaintainer.update_to_step

    def stop_after(self: HeadMaintainer, step: Any) -> None:
        go_on(self, step)
        if step.revision.revision == revision:
            Path(marker).touch()
            time.sleep(3600)

    place = read_place(database, Path(folder))
    with patch.object(HeadMaintainer, "update_to_step", stop_after):
        prepare(place)
        Stores(place).all()


if __name__ == "__main__":
    main(*sys.argv[1:])
