"""A laptop that slept for weeks says what it did in the words of its time, and is understood."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any
from unittest.mock import patch
from uuid import UUID

import httpx
import msgspec
import pytest
from sqlalchemy import update

import app.domain.nouns  # noqa: F401 - so that every command is known
from app.domain.contacts.commands import CreateContact
from app.kernel.command import COMMANDS, Command, Issued, Ref, body_of
from app.kernel.errors import BadValue
from app.kernel.ids import new_id
from app.protocol import converters
from app.protocol.codec import pack, unpack
from app.protocol.converters import CONVERTERS, converts, in_todays_words
from app.protocol.envelopes import Answer, Push
from app.protocol.version import PROTOCOL
from app.replica import outbox
from app.replica.tables import OUTBOX
from server.sync import endpoints
from tests.kernel.nouns import CreateDeal, RaiseScore, SetAmount, TDeal, test_nouns
from tests.sync.service import service
from tests.sync.test_stories import Story
from tests.sync.world import TEAMS, Desk, rows_of, user_id

SPOKEN = Path(__file__).with_name("spoken.json")


@pytest.fixture(autouse=True, scope="module")
def nouns() -> Iterator[None]:
    with test_nouns():
        yield


@contextmanager
def three_versions_on() -> Iterator[None]:
    """Three protocols later: the command was called otherwise, took an amount with a point, and named its deal shortly."""
    today = PROTOCOL + 3

    def in_words_of_today(issued: Issued) -> Issued:
        return in_todays_words(issued, today)

    with ExitStack() as stack:
        stack.enter_context(patch.dict(CONVERTERS))
        for module in (endpoints, outbox):
            stack.enter_context(patch.object(module, "in_todays_words", in_words_of_today))

        @converts("t_deal.price", since=PROTOCOL + 1)
        def _(body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
            return "t_deal.amount", body

        @converts("t_deal.amount", since=PROTOCOL + 2)
        def _(body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
            if "amount" not in body:
                raise BadValue(field="amount", value="", hint="")
            return "t_deal.amount", {"deal": body["deal"], "amount_minor": round(float(body["amount"]) * 100)}

        @converts("t_deal.amount", since=PROTOCOL + 3)
        def _(body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
            return "t_deal.set_amount", {"deal_id": body["deal"], "amount_minor": body["amount_minor"]}

        yield


def old(desk: Desk, deal: UUID, amount: str, *, number: int = 0) -> Issued:
    """As a program of today's protocol would have said it before it was renamed."""
    body = msgspec.Raw(msgspec.msgpack.encode({"deal": deal, "amount": amount}))
    return Issued(
        id=new_id(), name="t_deal.price", body=body, actor_id=desk.actor_id, device=desk.name,
        acted_us=1_800_000_000_000_000 + number, spoken=PROTOCOL,
    )  # fmt: skip


async def test_a_console_three_versions_old_pushes_two_hundred_acts(tmp_path: Path) -> None:
    async with service(tmp_path) as served:
        contact, deals = new_id(), [new_id() for _ in range(20)]
        served.order(CreateContact(contact_id=contact, name="Ada", team_id=TEAMS[0]))
        for deal in deals:
            served.order(CreateDeal(deal_id=deal, contact_id=contact, owner_id=user_id(0), team_id=TEAMS[0]))
        ann = Desk("desk0", user_id(0), served.engine, 0)
        acts: list[Issued] = []
        for number in range(100):
            acts.append(old(ann, deals[number % 20], f"{number}.50", number=number))
            same = RaiseScore(deal_id=deals[number % 20], by=1)
            acts.append(msgspec.structs.replace(acts[-1], id=new_id(), name=same.verb, body=body_of(same)))
        push = pack(Push(device="desk0", commands=acts, protocol=PROTOCOL))
        with three_versions_on():
            async with httpx.AsyncClient(base_url=served.url, headers={"Authorization": "Bearer 0:fresh"}) as client:
                answers = [unpack((await client.post("/sync/push", content=push)).content, Answer) for _ in range(2)]
        assert [each.status for each in answers[0].outcomes] == ["applied"] * 200
        assert answers[0].outcomes == answers[1].outcomes, "sent again, done once"
        rows = rows_of(served.engine, TDeal)
        assert [rows[deal]["amount_minor"] for deal in deals] == [(80 + number) * 100 + 50 for number in range(20)]
        assert {rows[deal]["score"] for deal in deals} == {5}


def test_an_updated_console_pushes_what_its_older_self_had_queued() -> None:
    story = Story()
    deal, _ = story.new_deal(story.contact)
    story.sync()
    queued = story.do(story.ann, SetAmount(deal_id=deal, amount_minor=1))
    told = msgspec.structs.replace(old(story.ann, deal, "7.25"), id=queued.id, acted_us=queued.acted_us)
    with story.ann.disk.begin() as connection:
        connection.execute(update(OUTBOX).where(OUTBOX.c.id == queued.id.bytes).values(issued=msgspec.msgpack.encode(told)))
    with three_versions_on():
        story.world.crash(story.ann)
        assert isinstance(story.ann.replica.entries()[0].command, SetAmount)
        story.world.cycle(story.ann)
    story.sync()
    assert story.at(story.bob, TDeal, deal)["amount_minor"] == 725


def test_what_no_converter_understands_is_refused_alone() -> None:
    story = Story()
    deal, _ = story.new_deal(story.contact)
    story.sync()
    senseless = old(story.ann, deal, "a lot")
    without = msgspec.structs.replace(senseless, id=new_id(), body=msgspec.Raw(msgspec.msgpack.encode({"deal": deal})))
    with three_versions_on():
        commands = [vars(endpoints)["in_todays_words"](each) for each in (senseless, without, old(story.ann, deal, "3.00"))]
        outcomes = story.world.authority.carry_out(commands)
    assert [each.error or each.status for each in outcomes] == ["unknown_command", "unknown_command", "applied"]


def test_without_converters_it_would_be_refused() -> None:
    story = Story()
    deal, _ = story.new_deal(story.contact)
    story.sync()
    assert story.world.authority.carry_out([in_todays_words(old(story.ann, deal, "1.00"))])[0].error == "unknown_command"


def test_a_step_is_written_once() -> None:
    with patch.dict(CONVERTERS):
        converts("x.y", since=9)(lambda body: ("x.z", body))
        with pytest.raises(TypeError):
            converts("x.y", since=9)(lambda body: ("x.z", body))


# ── what consoles may have in their outboxes ───────────────────────────────────────────────────────────────────────────


def arguments(kind: type[Command]) -> dict[str, bool]:
    """The arguments of a command, and whether they must be given."""
    info = msgspec.inspect.type_info(kind)
    assert isinstance(info, msgspec.inspect.DataclassType)
    return {field.encode_name: field.required for field in info.fields}


def misunderstood(spoken: dict[str, dict[str, bool]]) -> list[str]:
    """The commands whose recorded form this program no longer takes."""
    found = []
    for name, given in spoken.items():
        if any(told == name for _, told in CONVERTERS):
            continue  # its converter has a test of its own
        kind = COMMANDS.get(name)
        if kind is None:
            found.append(f"{name} is gone")
            continue
        now = arguments(kind)
        found += [f"{name} lost {each}" for each in given.keys() - now.keys()]
        found += [f"{name} needs {each}" for each, is_needed in now.items() if is_needed and not given.get(each, False)]
    return found


def test_every_command_that_an_outbox_may_hold_is_still_understood() -> None:
    """`spoken.json` is what protocol 2 said. A change that breaks it needs a new protocol number and a converter."""
    assert misunderstood(msgspec.json.decode(SPOKEN.read_bytes(), type=dict[str, dict[str, bool]])) == []


def test_the_check_sees_a_lost_argument_a_new_one_and_a_lost_command() -> None:
    class Renamed(Command, name="t_deal.renamed", permission="t_deal:edit", offline=True):
        deal: Annotated[UUID, Ref("t_deal")]
        extra: int = 0

    try:
        assert misunderstood({"t_deal.renamed": {"deal": True, "extra": False}}) == []
        assert misunderstood({"t_deal.renamed": {"deal": True, "before": False}}) == ["t_deal.renamed lost before"]
        assert misunderstood({"t_deal.renamed": {}}) == ["t_deal.renamed needs deal"]
        assert misunderstood({"t_deal.gone": {}}) == ["t_deal.gone is gone"]
    finally:
        del COMMANDS["t_deal.renamed"]
    assert converters.CONVERTERS == {}
