"""Somebody of whom everything is known in every place where a person can be known, and where to look for what is left of them."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import UUID

from sqlalchemy import Connection, create_engine, inspect, select, text

from app.domain.attachments.commands import AttachFile
from app.domain.calls.commands import LogCall
from app.domain.contacts.commands import CreateContact, EditContact
from app.domain.contacts.merging import MergeContacts
from app.domain.messages.commands import ReceiveMessage, Reply
from app.domain.notes.commands import AddNote, DeleteNote
from app.domain.tasks.commands import CreateTask
from app.kernel.columns import moment_from_us
from app.kernel.errors import Refused
from app.kernel.ids import new_id
from app.kernel.log import Effect
from app.kernel.permissions import system_actor
from server.database import files, raw_inbound
from server.database.place import Place
from server.database.store import TenantStore
from server.features.contacts.effects import ERASED

# Each stands somewhere else; none of them may be found anywhere afterwards.
SECRETS = (
    "Maddalena Quirrel", "Quirrel Maddalena", "Falconer of Kells", "quirrel@kells.example", "+442079460958", "2079460958",
    "the green ledger", "ledger enclosed", "mellow saxophone", "whispered about geese", "ring her on Sunday",
    "purple pamphlet", "pamphlet-body", "geese-key@kells", "Ledgerwood", "maddalena",
    "quirrel", "falconer", "saxophone", "geese", "pamphlet", "kells",
)  # fmt: skip
RAW = b"From: Maddalena Quirrel <quirrel@kells.example>\r\nSubject: the green ledger\r\n\r\nledger enclosed\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Their ids."""

    contact: UUID
    merged: UUID
    other: UUID  # somebody else, who stays
    conversation: UUID
    message: UUID
    named: UUID  # the command that named them
    shared_file: str
    own_file: str
    raw: str


async def acquaint(store: TenantStore, user: UUID) -> Known:
    """Make them known."""
    system = system_actor(store.tenant_id).user_id
    contact, merged, other, conversation, message = (new_id() for _ in range(5))
    made = CreateContact(contact_id=contact, name="Maddalena Quirrel", phones=("+442079460958",), job_title="Falconer of Kells")
    named = (await store.issue(made, user, "desk", address="192.0.2.7")).command_id
    await store.issue(EditContact(contact_id=contact, patch={"pinned_note": "mellow saxophone"}), user, "desk")
    clash = EditContact(contact_id=contact, patch={"pinned_note": "another saxophone"})
    await store.issue(clash, user, "laptop", seen={contact: 1})  # whose author had not seen that one: it is kept for them
    twin = CreateContact(contact_id=merged, name="Quirrel Maddalena", emails=("quirrel@kells.example",))
    await store.issue(twin, user, "desk")
    await store.issue(CreateContact(contact_id=other, name="Somebody Else", phones=("+442079460111",)), user, "desk")
    came = ReceiveMessage(
        message_id=message, conversation_id=conversation, channel="email", inbox_key="post", address="quirrel@kells.example",
        author_name="Maddalena Quirrel", text="ledger enclosed", subject="the green ledger", message_key="geese-key@kells",
        sent_at=moment_from_us(store.now_us()), contact_id=merged,
    )  # fmt: skip
    await store.issue(came, system, "gateway:email")
    await store.issue(MergeContacts(contact_id=contact, other_id=merged), user, "desk")
    own, shared = await _files(store, user, message, other)
    raw = await _raw(store, message)
    answer = Reply(conversation_id=conversation, message_id=new_id(), text="whispered about geese")
    await store.issue(answer, user, "desk")
    note = new_id()
    await store.issue(AddNote(note_id=note, text="whispered about geese", contact_id=contact), user, "desk")
    await store.issue(DeleteNote(note_id=note), user, "desk")
    await store.issue(CreateTask(task_id=new_id(), title="ring her on Sunday", contact_id=contact), user, "desk")
    await store.issue(_call("quirrel-call@kells", contact), user, "desk")
    await store.issue(_call("quirrel-loose@kells", None), user, "desk")
    await _refused(store, user)
    return Known(
        contact=contact, merged=merged, other=other, conversation=conversation, message=message, named=named, shared_file=shared,
        own_file=own, raw=raw,
    )  # fmt: skip


def _call(sip_call_id: str, contact: UUID | None) -> LogCall:
    return LogCall(
        sip_call_id=sip_call_id, direction="in", number="+442079460958", number_shown="+44 20 7946 0958", state="ended",
        started_at=moment_from_us(1_700_000_000_000_000), contact_id=contact, reason="mellow saxophone", outcome="missed",
    )  # fmt: skip


async def _files(store: TenantStore, user: UUID, message: UUID, other: UUID) -> tuple[str, str]:
    """One that is theirs alone, and one that somebody else's message names too."""
    elsewhere = new_id()
    came = ReceiveMessage(
        message_id=elsewhere, conversation_id=new_id(), channel="email", inbox_key="post", address="else@other.example",
        author_name="Somebody Else", text="hello", sent_at=moment_from_us(store.now_us()), contact_id=other,
    )  # fmt: skip
    system = system_actor(store.tenant_id).user_id
    await store.issue(came, system, "gateway:email")
    hashes = []
    for name, content, messages in (
        ("purple pamphlet.pdf", b"pamphlet-body", [message]), ("logo.png", b"everybody's logo", [message, elsewhere]),
    ):  # fmt: skip
        blob = await store.aside(partial(store.blobs.keep, content))
        noted = partial(files.keep, blob=blob, media_type="image/png", user_id=user, now_us=store.now_us())
        await store.change(partial(noted, tenant_id=store.tenant_id))
        for each in messages:
            attached = AttachFile(
                attachment_id=new_id(), message_id=each, name=name, media_type="image/png", size_bytes=blob.size_bytes,
                sha256=blob.sha256,
            )  # fmt: skip
            await store.issue(attached, user, "desk")
        hashes.append(blob.sha256)
    return hashes[0], hashes[1]


async def _raw(store: TenantStore, message: UUID) -> str:
    blob = await store.aside(lambda: store.blobs.keep(RAW))

    def keep(connection: Connection, uid: int) -> UUID:
        place = {"uidvalidity": 1, "uid": uid, "now_us": store.now_us()}
        return raw_inbound.keep_raw(connection, store.tenant_id, account="post", folder="INBOX", blob=blob, **place)

    own_id = await store.change(lambda each: keep(each, 1))
    await store.change(lambda each: raw_inbound.settle(each, store.tenant_id, own_id, "done", message_id=message))
    held = await store.change(lambda each: keep(each, 2))
    await store.change(lambda each: raw_inbound.settle(each, store.tenant_id, held, "quarantined", "From: quirrel@kells.example"))
    return blob.sha256


async def _refused(store: TenantStore, user: UUID) -> None:
    """The answer names them."""
    twice = CreateContact(contact_id=new_id(), name="Ledgerwood", phones=("+442079460958",), only_if_new=True)
    try:
        await store.issue(twice, user, "desk")
    except Refused:
        return
    raise AssertionError("it was not refused")


async def is_over(store: TenantStore) -> bool:
    """Whether the job that follows has ended."""
    mine = (Effect.tenant_id == store.tenant_id, Effect.name == ERASED)
    states = await store.look(lambda each: each.execute(select(Effect.state).where(*mine)).scalars().all())
    return bool(states) and set(states) == {"done"}


def traces(place: Place, tenant_id: UUID) -> dict[str, set[str]]:
    """Which of the secrets stand in which table, however they are written there."""
    engine = create_engine(f"sqlite:///{place.tenant_file(tenant_id)}" if place.is_sqlite else place.url)
    found: dict[str, set[str]] = {}
    with engine.connect() as connection:
        for table in inspect(connection).get_table_names():
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):  # noqa: S608  # a table's name
                told = " ".join(each.hex() if isinstance(each, bytes) else str(each) for each in row).lower()
                if said := {secret for secret in SECRETS if secret.lower() in told}:
                    found.setdefault(table, set()).update(said)
    engine.dispose()
    return found


def in_files(*places: Path) -> set[str]:
    """Which of the secrets stand in the bytes of files (a folder: of all in it)."""
    files_ = [file for place in places for file in ([place] if place.is_file() else place.rglob("*")) if file.is_file()]
    content = [file.read_bytes().lower() for file in files_]
    return {secret for secret in SECRETS if any(secret.lower().encode() in each for each in content)}
