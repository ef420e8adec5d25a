"""A person who was erased is in no byte of any console that knew them, once it has heard of it; what others hold stays."""

from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from app.domain.attachments.commands import AttachFile, ReplyWithFiles, SentFile
from app.domain.contacts.commands import AddIdentity, CreateContact, DeleteContact, EditContact
from app.domain.contacts.erasing import EraseContact
from app.domain.contacts.queries import contact
from app.domain.conversations.commands import StartConversation
from app.domain.messages.commands import Reply
from app.domain.notes.commands import AddNote
from app.domain.search.queries import search
from app.kernel.command import Command
from app.kernel.erasing import ErasedPerson
from app.kernel.ids import new_id
from app.replica.erased import FILES
from app.replica.file import open_file
from app.replica.replica import Replica
from server.database import breaker
from tests.replica.pages import opened
from tests.sync.disks import KEY
from tests.sync.world import SYSTEM, TENANT, Desk, World, user_id

SECRETS = (b"Quirrel", b"geese", b"+442079460958", b"saxophone", b"purple", b"unsent", b"offline words")
SHA, SHARED, UNSENT = "a" * 64, "c" * 64, "b" * 64


class Console:
    """One person's copy, on a real file."""

    def __init__(self, world: World, path: Path, number: int) -> None:
        self.world, self.path = world, path
        self.replica = Replica(open_file(path, KEY), TENANT, user_id(number), f"desk{number}", lambda: world.time_us)
        self.desk = Desk(f"desk{number}", user_id(number), self.replica.engine, 0)
        self.desk.replica = self.replica
        self.pull()

    def pull(self) -> None:
        while True:
            self.world.send_pull(self.desk)
            self.world.serve(self.desk, 0)
            while self.desk.answers:
                self.world.receive(self.desk, 0)
            if self.replica.cursor().place is None:
                break
        while self.replica.search.go_on(self.replica.engine):
            pass

    def act(self, command: Command) -> UUID:
        self.world.time_us += 1_000_000
        return self.replica.run(command).id

    def push(self) -> None:
        self.replica.settle(self.world.authority.carry_out(self.replica.outgoing().commands))

    def sync(self) -> None:
        self.push()
        self.pull()

    @property
    def said(self) -> set[bytes]:
        held = opened(self.path, KEY).lower()
        return {secret for secret in SECRETS if secret.lower() in held}


class Shop:
    """A person whom two consoles know well, and somebody who stays."""

    def __init__(self, folder: Path) -> None:
        self.world = World((0, 0))
        self.contact, self.other, self.talk, self.message, self.file = (new_id() for _ in range(5))
        self.order(CreateContact(contact_id=self.other, name="Somebody Else"))
        self.here, self.there = (Console(self.world, folder / f"{number}.db", number) for number in range(2))
        self.make()

    def order(self, command: Command) -> None:
        self.world.order(command)

    def make(self) -> None:
        """From here, so that its traces are here too."""
        self.here.act(CreateContact(contact_id=self.contact, name="Maddalena Quirrel", phones=("+442079460958",)))
        self.made = self.here.act(EditContact(contact_id=self.contact, patch={"job_title": "saxophone"}))
        talk = StartConversation(conversation_id=self.talk, channel="email", address="q@geese.example", contact_id=self.contact)
        self.here.act(talk)
        self.here.act(Reply(conversation_id=self.talk, message_id=self.message, text="about geese"))
        for attachment, sha256, name in ((self.file, SHA, "purple.pdf"), (new_id(), SHARED, "logo.png")):
            self.here.act(self.named(attachment, self.message, sha256, name))
        elsewhere, message = new_id(), new_id()
        self.here.act(StartConversation(conversation_id=elsewhere, channel="email", address="e@x.example", contact_id=self.other))
        self.here.act(Reply(conversation_id=elsewhere, message_id=message, text="hello"))
        self.here.act(self.named(new_id(), message, SHARED, "logo.png"))
        self.here.sync()
        self.there.sync()

    def named(self, attachment: UUID, message: UUID, sha256: str, name: str) -> AttachFile:
        return AttachFile(
            attachment_id=attachment, message_id=message, name=name, media_type="image/png", size_bytes=3, sha256=sha256
        )

    def erase(self) -> None:
        self.order(EraseContact(contact_id=self.contact))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def draft(text: str) -> bytes:
    return msgspec.json.encode({"text": text, "files": [{"name": "purple.pdf", "sha256": UNSENT}]})


def test_both_consoles_hold_not_a_byte_of_them(shop: Shop) -> None:
    shop.here.replica.keep(f"draft:{shop.talk.hex}", draft("unsent words"))
    assert {b"Quirrel", b"geese", b"saxophone", b"unsent"} <= shop.here.said
    assert {b"Quirrel", b"geese", b"saxophone"} <= shop.there.said
    shop.erase()
    for console in (shop.here, shop.there):
        console.sync()
        assert console.said == set()
        listed = msgspec.json.decode(console.replica.kept(FILES) or b"[]")
        assert listed == ([SHA, UNSENT] if console is shop.here else [SHA]), (
            "files that must go, but not the one of somebody else"
        )
        card = console.replica.read(lambda reader: contact(reader, shop.contact))
        assert (card.name, card.erased_by) == ("Erased person", SYSTEM)
        found = console.replica.read(lambda reader: search(reader, q="quirrel", limit=5))
        assert found.groups == []
        assert console.replica.read(lambda reader: contact(reader, shop.other)).name == "Somebody Else"
    shop.here.replica.keep(f"draft:{shop.talk.hex}", draft("unsent words"))
    assert shop.here.replica.kept(f"draft:{shop.talk.hex}") is None, "nothing is begun to them either"


def test_what_waits_about_them_is_refused_and_loses_its_words(shop: Shop) -> None:
    file = SentFile(name="purple.pdf", media_type="application/pdf", size_bytes=3, sha256=UNSENT)
    shop.there.act(AddNote(note_id=new_id(), text="offline words", contact_id=shop.contact))
    shop.there.act(ReplyWithFiles(conversation_id=shop.talk, message_id=new_id(), text="offline words", files=(file,)))
    shop.there.act(EditContact(contact_id=shop.other, patch={"job_title": "stays"}))
    shop.erase()
    shop.there.sync()
    entries = shop.there.replica.entries()
    assert [(each.state, each.error, each.command) for each in entries] == [("rejected", ErasedPerson.key, None)] * 2
    assert b"offline words" not in shop.there.said
    assert UNSENT in msgspec.json.decode(shop.there.replica.kept(FILES) or b"[]")
    for each in entries:
        shop.there.replica.dismiss(each.command_id)
        shop.there.replica.reinstate(each.command_id)
    assert shop.there.replica.entries() == [], "and does not come back"
    assert shop.there.replica.read(lambda reader: contact(reader, shop.other)).job_title == "stays"


def test_a_pull_that_comes_first_refuses_it_here_already(shop: Shop) -> None:
    shop.there.act(AddNote(note_id=new_id(), text="offline words", contact_id=shop.contact))
    shop.erase()
    shop.there.pull()
    [waiting] = shop.there.replica.entries()
    assert (waiting.state, waiting.error) == ("waiting", ErasedPerson.key)
    with pytest.raises(ErasedPerson):
        shop.there.act(AddNote(note_id=new_id(), text="x", contact_id=shop.contact))
    shop.there.sync()
    assert b"offline words" not in shop.there.said


def test_what_was_done_about_them_is_no_longer_listed(shop: Shop) -> None:
    known = [each.command_id for each in shop.here.replica.acts(50)]
    assert shop.made in known
    shop.erase()
    shop.here.sync()
    left = [each.name for each in shop.here.replica.acts(50)]
    assert left == ["attachment.add", "message.reply", "conversation.start"], "what was done about somebody else"
    assert len(known) == len(left) + 6


def test_what_the_server_took_in_just_before_leaves_no_trace_either(shop: Shop) -> None:
    """Its answer is here, or was lost; the pull brings the act and the erasing together."""
    shop.there.act(AddNote(note_id=new_id(), text="offline words", contact_id=shop.contact))
    shop.there.push()
    lost = shop.there.act(EditContact(contact_id=shop.contact, patch={"pinned_note": "purple"}))
    shop.world.authority.carry_out(shop.there.replica.outgoing().commands)
    shop.erase()
    shop.there.pull()
    assert {b"offline words", b"purple"} & shop.there.said == {b"purple"}, "as long as nobody knows what became of it"
    shop.there.sync()
    assert shop.there.said == set()
    assert lost not in [each.command_id for each in shop.there.replica.acts(50)]
    assert shop.there.replica.entries() == []


def test_what_was_refused_for_another_reason_loses_the_words_that_name_them(shop: Shop) -> None:
    shop.there.act(EditContact(contact_id=shop.contact, patch={"pinned_note": "offline words"}))
    shop.order(DeleteContact(contact_id=shop.contact))
    shop.there.push()
    twice = CreateContact(contact_id=new_id(), name="Ledger", phones=("+442079460957",), only_if_new=True)
    shop.world.order(AddIdentity(contact_id=shop.other, kind="phone", value="+442079460957"))
    shop.there.act(twice)
    shop.there.push()
    shop.order(EraseContact(contact_id=shop.contact))
    shop.there.pull()
    told = {each.name: (each.state, each.error, each.command is None) for each in shop.there.replica.entries()}
    assert told["contact.edit"] == ("rejected", ErasedPerson.key, True)
    assert told["contact.create"] == ("rejected", "duplicate_contact", False), "it is about somebody who stays"
    shop.order(EraseContact(contact_id=shop.other))
    shop.there.pull()
    assert [(each.error, each.values) for each in shop.there.replica.entries()] == [(ErasedPerson.key, {})] * 2


def test_what_was_held_back_about_them_is_gone_when_it_is_discarded(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "MOST_DELETIONS", 0)
    monkeypatch.setattr(breaker, "MOST_PERCENT", 0)
    shop.there.act(EditContact(contact_id=shop.contact, patch={"pinned_note": "saxophone"}))
    gone = shop.there.act(DeleteContact(contact_id=shop.contact))
    shop.there.push()
    assert [each.state for each in shop.there.replica.entries()] == ["answered", "held"]
    shop.erase()
    shop.there.pull()
    assert [each.state for each in shop.there.replica.entries()] == ["held"]
    shop.there.replica.discard([gone])
    shop.there.pull()
    assert shop.there.said == set()
