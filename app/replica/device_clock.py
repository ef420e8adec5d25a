"""The server's time as this device knows it: its own clock, corrected by the skew of the best exchange."""

from typing import cast

from sqlalchemy import Connection

from app.kernel.clock import Skew
from app.replica.tables import load, save


def stamp_us(connection: Connection, device_us: int) -> int:
    """For an act of now; never going back, and remembered."""
    acted_us = max(device_us + known_skew(connection).skew_us, cast("int", load(connection, "acted_us", 0)) + 1)
    save(connection, "acted_us", acted_us)
    return acted_us


def known_skew(connection: Connection) -> Skew:
    """As it was last measured."""
    return Skew(*load(connection, "skew", Skew()))


def measure_skew(connection: Connection, sent_us: int, server_us: int, received_us: int) -> int:
    """Learn from an exchange what the device's clock lacks to the server's."""
    known = known_skew(connection)
    learned = known.learned(sent_us=sent_us, server_us=server_us, received_us=received_us)
    if learned != known:
        save(connection, "skew", learned)
    return learned.skew_us
