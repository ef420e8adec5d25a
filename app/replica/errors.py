"""What can go wrong with the file on this device."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlcipher3
from sqlalchemy.exc import DatabaseError

from app.kernel.errors import PatchbayError


class DiskFull(PatchbayError):
    """Nothing was written: there is no room."""

    key = "disk_full"
    text = "The disk is full; nothing was saved. Free some space, then do it again."


class ReplicaUnreadable(PatchbayError):
    """The file is damaged, or was encrypted with another key."""

    key = "replica_unreadable"
    text = "The data on this device can't be read ({hint}). Start Patchbay again: it is downloaded anew, and what waits is kept."


class ReplicaBusy(PatchbayError):
    """Another console has the file open."""

    key = "replica_busy"
    text = "Patchbay is already running for this person on this device."


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turns what the driver says of the disk and of the key into errors for a person."""
    try:
        yield
    except (DatabaseError, sqlcipher3.dbapi2.DatabaseError) as error:
        said = str(error).lower()
        if "disk is full" in said or "disk i/o" in said:
            raise DiskFull from error
        if is_damage(error):
            raise ReplicaUnreadable(hint=str(getattr(error, "orig", error))) from error
        raise


def is_damage(error: BaseException) -> bool:
    """Whether the file has rotted, or was written with another key: from outside the two look alike."""
    said = str(error).lower()
    return "not a database" in said or "malformed" in said or "encrypted" in said or "hmac" in said
