"""Random weather over three consoles and a server, and disks that fill."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

import sqlcipher3
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError

from app.domain.contacts.records import Contact
from tests.sync.dice import ids_of, random_command, random_group
from tests.sync.fences import do_jobs, erase
from tests.sync.indexed import check_index
from tests.sync.world import TEAMS, Desk, World

ROLES: tuple[Callable[[UUID], dict[str, Any]], ...] = (
    lambda _user: {},
    lambda _user: {"veils": {"contact": frozenset({"job_title", "name"}), "message": frozenset({"text", "owner_id"})}},
    lambda _user: {"veils": {"contact": frozenset({"job_title", "tags"}), "t_deal": frozenset({"score"})}},
    lambda user: {"sights": {"conversation": frozenset({user}), "contact": None}},
    lambda _user: {"sights": {"message": frozenset(), "t_deal": frozenset()}},
)

DISK = 0.02  # of the steps a disk is full from then on, or has room again
MOST_PAGES = 1 << 30


def storm(random: Random, steps: int = 60) -> World:
    """Acts, losses, doublings, reorderings and crashes; then calm, and everything must hold."""
    world = World(page_rows=random.choice((2, 5, 1_000)))
    disks = [world.disk, *(desk.disk for desk in world.desks)]
    try:
        for _ in range(steps):
            if random.random() < DISK:
                (fill if random.random() < 0.5 else make_room)(random.choice(disks))
            with said_if_full():
                _step(random, world)
    finally:
        for disk in disks:
            make_room(disk)
    world.quiesce()
    world.check()
    for desk in world.desks:
        check_index(desk.replica)
    return world


def _step(random: Random, world: World) -> None:
    desk = random.choice(world.desks)
    what = random.random()
    if what < 0.45:
        world.act(desk, random_command(random.randrange, world, desk))
    elif what < 0.5:
        world.act_many(desk, random_group(random.randrange, world, desk))
    elif what < 0.93:
        _network(random, world, desk, what)
    else:
        _mishap(random, world, desk, what)


def fill(disk: Engine) -> None:
    """No page more than there are."""
    _bound(disk, "PRAGMA page_count")


def make_room(disk: Engine) -> None:
    """As much as anybody wants."""
    _bound(disk, f"SELECT {MOST_PAGES}")


def _bound(disk: Engine, how_many: str) -> None:
    driver = disk.raw_connection().driver_connection
    assert driver is not None
    (pages,) = driver.execute(how_many).fetchone()
    driver.execute(f"PRAGMA max_page_count={pages}")


@contextmanager
def said_if_full() -> Iterator[None]:
    """Whatever was going on then has not happened; a request has no answer."""
    try:
        yield
    except (DatabaseError, sqlcipher3.dbapi2.DatabaseError) as error:
        if "disk is full" not in str(error):
            raise


def _network(random: Random, world: World, desk: Desk, what: float) -> None:
    fate = random.random()
    if what < 0.62:
        world.send_push(desk, random.choice((1, 3, 50)))
    elif what < 0.70:
        world.send_pull(desk)
    elif what < 0.82 and desk.requests:
        place = random.randrange(len(desk.requests))
        if fate < 0.1:
            desk.requests.pop(place)
        else:
            world.serve(desk, place, keep=fate < 0.3, lose_answer=fate > 0.9)
    elif what >= 0.82 and desk.answers:
        place = random.randrange(len(desk.answers))
        if fate < 0.1:
            desk.answers.pop(place)
        else:
            world.receive(desk, place if fate < 0.5 else 0, keep=fate < 0.3)


def _mishap(random: Random, world: World, desk: Desk, what: float) -> None:
    if what < 0.94:
        _erase(random, world)
    elif what < 0.95:
        world.crash(desk)
        desk.answers.clear()
    elif what < 0.96:
        world.start_server()
    elif what < 0.97:
        random.choice((world.purge, partial(world.pass_days, 1)))()
    elif what < 0.98:
        world.told[desk.actor_id] = random.choice(ROLES)(desk.actor_id)
    elif what < 0.99:
        world.move(desk.actor_id, random.choice(TEAMS))
    else:
        world.cycle(desk)


def _erase(random: Random, world: World) -> None:
    """Somebody, and what follows it now or later."""
    if people := ids_of(world.disk, Contact):
        erase(world, random.choice(people[:3]))
    if random.random() < 0.5:
        do_jobs(world)
