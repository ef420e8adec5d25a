"""A record that only the server has: looked at as it is there, or kept on this device; without Qt."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from app.desk.desk import Desk
from app.desk.elsewhere import Elsewhere
from app.desk.wording import field_word, kind_word
from app.domain.accounts.queries import account
from app.domain.conflicts.queries import standing
from app.domain.contacts.queries import contact
from app.domain.contacts.records import ContactIdentity
from app.domain.conversations.queries import conversation
from app.domain.messages.queries import thread
from app.domain.scopes.commands import PinRecord
from app.kernel.errors import PatchbayError
from app.kernel.observable import Observable
from app.kernel.reader import Reader
from app.kernel.texts import text_of
from app.kernel.words import tr

MOST_SAID = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message of a conversation."""

    who: str
    at: datetime
    text: str
    is_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """What the sheet shows; `problem` stands in for all else."""

    kind: str
    title: str
    under: str = ""
    who: str = ""  # whom it is about, where the title does not say it
    facts: tuple[tuple[str, str], ...] = ()
    said: tuple[Said, ...] = ()
    problem: str = ""
    is_loading: bool = False


class AwayPanel:
    """One record at a time. `arrived`: it was kept, and has come."""

    def __init__(self, desk: Desk, elsewhere: Elsewhere, device: str) -> None:
        self.shown: Observable[Away | None] = Observable(None)
        self.is_keeping: Observable[bool] = Observable(False)
        self.arrived: Callable[[str, UUID], object] = lambda _kind, _record_id: None
        self._desk, self._elsewhere, self._device = desk, elsewhere, device
        self._record: tuple[str, UUID] | None = None
        self._stop = desk.on_changed(set(READS), lambda: desk.tasks.start(self._look_whether_here(), name="away"))

    def begin(self, kind: str, record_id: UUID, title: str) -> None:
        """This one; `load` fetches it."""
        self._record = (kind, record_id)
        self.is_keeping.set(False)
        self.shown.set(Away(kind=kind, title=title or kind_word(kind), is_loading=True))

    async def load(self) -> None:
        """Fetch what was begun, and show it."""
        begun = self.shown.value
        if self._record is None or begun is None:
            return
        kind, record_id = self._record
        read, needs = READS[kind]
        try:
            found = await self._elsewhere.look(
                kind, record_id, lambda reader: read(reader, record_id), needs=lambda reader: needs(reader, record_id)
            )
        except PatchbayError as error:
            found = replace(begun, is_loading=False, problem=text_of(error))
        if self._record == (kind, record_id):
            self.shown.set(found)

    async def keep(self) -> None:
        """Pin it: it comes to this device, and from then on works without a network."""
        if self._record is not None:
            self.is_keeping.set(True)
            kind, record_id = self._record
            await self._desk.run(PinRecord(kind=kind, record_id=record_id, device=self._device))

    def close(self) -> None:
        """Nothing is looked at."""
        self._record = None
        self.is_keeping.set(False)
        self.shown.set(None)

    async def _look_whether_here(self) -> None:
        wanted = self._record
        if wanted is None or not self.is_keeping.value:
            return
        is_here = (await self._desk.read(lambda reader: standing(reader, *wanted))).is_here
        if is_here and wanted == self._record:
            self.close()
            self.arrived(*wanted)


def _contact(reader: Reader, record_id: UUID) -> Away:
    card = contact(reader, record_id)
    facts = [(each.label or kind_word(each.kind), each.shown) for each in card.identities]
    facts += [
        (field_word(name), value)
        for name in ("job_title", "account_name", "pinned_note")
        if (value := getattr(card, name))
    ]  # fmt: skip
    return Away(kind="contact", title=card.name, under=card.account_name or "", facts=_sentence_case(facts))


def _account(reader: Reader, record_id: UUID) -> Away:
    card = account(reader, record_id)
    facts = [(field_word(name), value) for name in ("industry", "domain") if (value := getattr(card, name))]
    return Away(kind="account", title=card.name, facts=_sentence_case(facts))


def _conversation(reader: Reader, record_id: UUID) -> Away:
    row = conversation(reader, record_id)
    said = tuple(
        Said(who=each.author_name or each.from_address, at=each.sent_at, text=each.text, is_out=each.direction == "out")
        for each in thread(reader, record_id, limit=MOST_SAID)
    )  # fmt: skip
    title = row.subject or row.preview or tr("Conversation")
    under = " · ".join(part for part in (row.contact_name or row.address, tr(row.status.capitalize())) if part)
    return Away(kind="conversation", title=title, under=under, who=row.contact_name or row.address, said=said)


def _sentence_case(facts: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name[:1].upper() + name[1:], value) for name, value in facts)


def _of_contact(reader: Reader, record_id: UUID) -> list[tuple[str, UUID]]:
    """Numbers and addresses are records of their own."""
    links = reader.select(ContactIdentity, ContactIdentity.identity_id).where(ContactIdentity.contact_id == record_id)
    needed = [("identity", row.identity_id) for row in reader.all(links)]
    account_id = contact(reader, record_id).account_id
    return [*needed, ("account", account_id)] if account_id is not None else needed


def _of_conversation(reader: Reader, record_id: UUID) -> list[tuple[str, UUID]]:
    contact_id = conversation(reader, record_id).contact_id
    return [("contact", contact_id)] if contact_id is not None else []


def _nothing(_reader: Reader, _record_id: UUID) -> list[tuple[str, UUID]]:
    return []


Read = Callable[[Reader, UUID], Away]
Also = Callable[[Reader, UUID], list[tuple[str, UUID]]]
READS: dict[str, tuple[Read, Also]] = {
    "contact": (_contact, _of_contact), "account": (_account, _nothing), "conversation": (_conversation, _of_conversation),
}  # fmt: skip
