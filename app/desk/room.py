"""What a disk says that takes no more, as errors for a person."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from app.kernel.errors import PatchbayError
from app.replica.errors import DiskFull

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class FileNotKept(PatchbayError):
    """A file could not be read or written on this computer."""

    key = "file_not_kept"
    text = "The file could not be read or written on this computer: {reason}. Look at the disk and the folder, then do it again."


@contextmanager
def told_plainly() -> Iterator[None]:
    """Within it a full disk is `DiskFull`, and whatever else the system refuses `FileNotKept`."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise DiskFull from error
        raise FileNotKept(reason=error.strerror or str(error)) from error
