"""Only who sees a record hears that somebody looks at it or types in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

from app.domain.contacts.commands import AssignContact, CreateContact, DeleteContact
from app.domain.shares.commands import ShareRecord, UnshareRecord
from app.domain.shares.rules import share_id
from app.domain.teams.commands import AddTeamMember, RemoveTeamMember
from app.kernel.ids import new_id
from app.protocol.live import Presence
from server.sync.endpoints import live_of
from server.sync.whereabouts import Whereabouts
from tests.sync.service import Console, Service, console, service, until
from tests.sync.world import TEAMS, user_id

ANN, BOB, CAT = user_id(0), user_id(1), user_id(2)


@asynccontextmanager
async def three(folder: Path) -> AsyncIterator[tuple[Service, Console, Console, Console]]:
    """Ann and Cat see what is team 1's, Bob does not; all see what is team 0's."""
    async with (
        service(folder, users=3) as served, console(0, folder, served.url) as ann, console(1, folder, served.url) as bob,
        console(2, folder, served.url) as cat,
    ):  # fmt: skip
        for each in (ann, bob, cat):
            await each.is_live()
        yield served, ann, bob, cat


def contact_of(served: Service, team: int) -> UUID:
    contact = new_id()
    served.order(CreateContact(contact_id=contact, name="Ada", team_id=TEAMS[team]))
    return contact


def whereabouts(served: Service) -> Whereabouts:
    assert served._runner is not None
    assert served._runner.app is not None
    return live_of(served._runner.app, served.store).whereabouts


async def is_at(served: Service, who: UUID, subject: UUID | None) -> None:
    """Until the server has told all of it whom it tells."""

    def holds() -> bool:
        known = whereabouts(served).presences.doing(who)
        return (known[0].about if known else None) == subject

    await until(holds)


def listen(to: Console) -> list[tuple[str, UUID | None, UUID | None]]:
    heard: list[tuple[str, UUID | None, UUID | None]] = []
    to.syncer.on_presence(lambda told: heard.append((told.doing, told.about, told.user_id)))
    return heard


async def test_who_does_not_see_the_record_hears_nothing_of_it(tmp_path: Path) -> None:
    async with three(tmp_path) as (served, ann, bob, cat):
        shown, hidden = contact_of(served, 0), contact_of(served, 1)
        bobs, cats = listen(bob), listen(cat)
        await ann.syncer.present("typing", hidden)
        await is_at(served, ANN, hidden)
        await ann.syncer.present("viewing", shown)
        await until(lambda: len(bobs) == 1)
        await ann.syncer.present("typing", hidden)
        await until(lambda: len(cats) == 3)
        await until(lambda: len(bobs) == 2)
        assert cats == [("typing", hidden, ANN), ("viewing", shown, ANN), ("typing", hidden, ANN)]
        assert bobs == [("viewing", shown, ANN), ("", None, ANN)], "that she is no longer there, and not where she is"


async def test_who_loses_or_gains_the_record_hears_it_at_once(tmp_path: Path) -> None:
    async with three(tmp_path) as (served, ann, bob, _cat):
        contact, bobs = contact_of(served, 0), listen(bob)
        await ann.syncer.present("typing", contact)
        await until(lambda: bobs == [("typing", contact, ANN)])
        served.order(AssignContact(contact_id=contact, owner_id=None, team_id=TEAMS[1]))
        await until(lambda: bobs[1:] == [("", None, ANN)])
        served.order(ShareRecord(record_kind="contact", record_id=contact, user_id=BOB))
        await until(lambda: bobs[2:] == [("typing", contact, ANN)])
        served.order(UnshareRecord(share_id=share_id(contact, BOB)))
        await until(lambda: bobs[3:] == [("", None, ANN)])
        await ann.syncer.present("viewing", contact)
        shown = contact_of(served, 0)
        await is_at(served, ANN, contact)
        await ann.syncer.present("viewing", shown)
        await until(lambda: len(bobs) > 4)
        assert bobs[4:] == [("viewing", shown, ANN)]


async def test_whose_teams_change_hears_what_they_see_now(tmp_path: Path) -> None:
    async with three(tmp_path) as (served, ann, bob, _cat):
        hidden, bobs = contact_of(served, 1), listen(bob)
        await ann.syncer.present("typing", hidden)
        await is_at(served, ANN, hidden)
        served.order(AddTeamMember(team_id=TEAMS[1], user_id=BOB))
        await until(lambda: bool(bobs))
        assert bobs == [("typing", hidden, ANN)]
        served.order(RemoveTeamMember(team_id=TEAMS[1], user_id=BOB))
        await until(lambda: len(bobs) > 1)
        assert bobs[1:] == [("", None, ANN)]


async def test_who_comes_later_is_told_of_what_is_in_sight(tmp_path: Path) -> None:
    async with service(tmp_path, users=3) as served, console(0, tmp_path, served.url) as ann:
        shown, hidden = contact_of(served, 0), contact_of(served, 1)
        async with console(2, tmp_path, served.url) as cat:
            await ann.is_live()
            await cat.is_live()
            await ann.syncer.present("typing", hidden)
            await is_at(served, ANN, hidden)
            await cat.syncer.present("viewing", shown)
            await is_at(served, CAT, shown)
            async with console(1, tmp_path, served.url) as bob:
                bobs = listen(bob)
                await until(lambda: bool(bobs))
                assert bobs == [("viewing", shown, CAT)]
                await cat.syncer.stop()
                await until(lambda: len(bobs) > 1)
                assert bobs[1:] == [("", None, CAT)]
        assert (await ann.replica.cursor()).version


async def test_what_there_is_not_and_what_the_speaker_does_not_see_is_dropped(tmp_path: Path) -> None:
    async with three(tmp_path) as (served, ann, bob, cat):
        shown, hidden, gone = contact_of(served, 0), contact_of(served, 1), contact_of(served, 0)
        served.order(DeleteContact(contact_id=gone))
        anns, cats = listen(ann), listen(cat)
        for nothing in (new_id(), hidden, gone, TEAMS[0], ANN):
            await bob.syncer.present("viewing", shown)
            await until(lambda: anns[-1:] == cats[-1:] == [("viewing", shown, BOB)])
            await bob.syncer.present("viewing", nothing)
            await until(lambda: anns[-1:] == cats[-1:] == [("", None, BOB)])
        assert {about for _, about, _ in (*anns, *cats)} == {shown, None}


async def test_whoever_says_what_nobody_does_is_cut_off(tmp_path: Path) -> None:
    async with three(tmp_path) as (_served, ann, bob, _cat):
        heard: list[Presence] = []
        bob.syncer.on_presence(heard.append)
        line = ann.syncer._socket
        assert line is not None
        await ann.syncer.present("x" * 41)
        await until(lambda: ann.syncer._socket is not line)
        await ann.is_live()
        assert heard == []
