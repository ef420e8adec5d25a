"""Random weather over three consoles and a server."""

from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

from tests.sync.dice import random_command
from tests.sync.indexed import check_index
from tests.sync.world import TEAMS, Desk, World

ROLES: tuple[Callable[[UUID], dict[str, Any]], ...] = (
    lambda _user: {},
    lambda _user: {"veils": {"contact": frozenset({"job_title", "name"}), "message": frozenset({"text", "owner_id"})}},
    lambda _user: {"veils": {"contact": frozenset({"job_title"}), "t_deal": frozenset({"score"})}},
    lambda user: {"sights": {"conversation": frozenset({user}), "contact": None}},
    lambda _user: {"sights": {"message": frozenset(), "t_deal": frozenset()}},
)


def storm(random: Random, steps: int = 60) -> World:
    """Acts, losses, doublings, reorderings and crashes; then calm, and everything must hold."""
    world = World(page_rows=random.choice((2, 5, 1_000)))
    for _ in range(steps):
        desk = random.choice(world.desks)
        what = random.random()
        if what < 0.5:
            world.act(desk, random_command(random.randrange, world, desk))
        elif what < 0.93:
            _network(random, world, desk, what)
        else:
            _mishap(random, world, desk, what)
    world.quiesce()
    world.check()
    for desk in world.desks:
        check_index(desk.replica)
    return world


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
    if what < 0.95:
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
