"""The server's time as this device knows it: its own clock, corrected by the skew of the quickest exchange."""

from typing import cast

from sqlalchemy import Connection

from app.replica.tables import load, save

NEVER_MEASURED = (0, 1 << 60)  # skew, round trip


def stamp_us(connection: Connection, device_us: int) -> int:
    """For an act of now; never going back, and remembered."""
    skew_us, _ = load(connection, "skew", NEVER_MEASURED)
    acted_us = max(device_us + cast("int", skew_us), cast("int", load(connection, "acted_us", 0)) + 1)
    save(connection, "acted_us", acted_us)
    return acted_us


def measure_skew(connection: Connection, sent_us: int, server_us: int, received_us: int) -> None:
    """Keep the skew of the quickest exchange: its error is at most half that exchange's time."""
    took_us = received_us - sent_us
    _, best_us = load(connection, "skew", NEVER_MEASURED)
    if took_us < best_us:
        save(connection, "skew", (server_us - (sent_us + received_us) // 2, took_us))
