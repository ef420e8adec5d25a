"""Keys in two halves: the server's is lent for some days, and no clock that is set back makes them longer."""

import pytest

from app.desk.keys import DAY_US, REPLICA, DeviceKeys, Locked, following
from app.desk.secrets import MemorySecrets

THEIRS, OTHER = "ab" * 32, "cd" * 32
BEGIN_US = 1_700_000_000_000_000


class Times:
    """A clock that can be set, and time that passes."""

    def __init__(self) -> None:
        self.wall_us, self.passed_us = BEGIN_US, 0

    def keys(self, secrets: MemorySecrets) -> DeviceKeys:
        return DeviceKeys(secrets, lambda: self.wall_us, lambda: self.passed_us)


def locked(keys: DeviceKeys) -> bool:
    return keys.is_locked


def made(times: Times, secrets: MemorySecrets) -> tuple[DeviceKeys, bytes]:
    keys = times.keys(secrets)
    keys.renew(THEIRS, 14, BEGIN_US)
    return keys, keys.key(REPLICA)


def test_a_key_needs_both_halves_and_the_right_ones() -> None:
    times, secrets = Times(), MemorySecrets()
    keys, key = made(times, secrets)
    assert times.keys(secrets).key(REPLICA) == key
    assert keys.fits(REPLICA)
    assert key.hex() not in (secrets.get("keys") or "")
    assert keys.make(following(REPLICA)) != key
    with pytest.raises(Locked):
        Times().keys(MemorySecrets()).key(REPLICA)


def test_fourteen_days_without_contact_lock_and_contact_opens_again() -> None:
    times, secrets = Times(), MemorySecrets()
    keys, _ = made(times, secrets)
    times.wall_us += 14 * DAY_US - 1
    assert not locked(keys)
    times.wall_us += 1
    assert locked(keys)
    assert THEIRS not in (secrets.get("keys") or ""), "the server's half is gone from the device"
    with pytest.raises(Locked, match="14 days"):
        keys.key(REPLICA)
    keys.renew(OTHER, 14, times.wall_us)
    assert not keys.fits(REPLICA), "only the half that belongs to it opens it"


def test_it_opens_again_with_the_servers_half_and_with_no_other() -> None:
    times, secrets = Times(), MemorySecrets()
    keys, key = made(times, secrets)
    times.wall_us += 20 * DAY_US
    assert locked(keys)
    keys.renew(THEIRS, 14, times.wall_us)
    assert (locked(keys), keys.fits(REPLICA), keys.key(REPLICA)) == (False, True, key)


def test_a_clock_set_back_unlocks_nothing() -> None:
    times, secrets = Times(), MemorySecrets()
    keys, _ = made(times, secrets)
    times.wall_us += 13 * DAY_US
    keys.look_at_the_clock()
    times.wall_us -= 12 * DAY_US
    again = times.keys(secrets)
    assert not locked(again)
    times.passed_us += DAY_US  # the program runs for a day, whatever the clock says
    assert locked(again)
    times.wall_us = BEGIN_US
    assert locked(times.keys(secrets))


def test_a_clock_that_goes_wrong_by_years_is_measured_against_the_servers() -> None:
    times, secrets = Times(), MemorySecrets()
    keys, _ = made(times, secrets)
    times.wall_us += 400 * DAY_US
    assert locked(keys)
    keys.renew(THEIRS, 14, BEGIN_US)
    assert not locked(keys)
    times.wall_us += 13 * DAY_US
    assert not locked(times.keys(secrets))
    times.wall_us += DAY_US
    assert locked(times.keys(secrets))


def test_another_half_from_the_server_while_it_is_open_loses_nothing() -> None:
    times, secrets = Times(), MemorySecrets()
    keys, key = made(times, secrets)
    keys.renew(OTHER, 14, BEGIN_US)
    assert keys.key(REPLICA) == key
    assert times.keys(secrets).key(REPLICA) == key


def test_what_is_destroyed_is_gone_from_the_secrets() -> None:
    times, secrets = Times(), MemorySecrets()
    keys, _ = made(times, secrets)
    keys.destroy()
    assert secrets.get("keys") is None
    assert not keys.has(REPLICA)
