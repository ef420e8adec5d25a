"""What can be done with many records at once, as commands and in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.desk.acts import about_of
from app.desk.bulk import Outcome
from app.desk.desk import Desk
from app.desk.rights import refusal_text
from app.domain.accounts.commands import AssignAccount, DeleteAccount, EditAccount, LockAccount, UnlockAccount
from app.domain.conflicts.queries import standing
from app.domain.contacts.commands import AssignContact, DeleteContact, EditContact, LockContact, UnlockContact
from app.domain.conversations.commands import (
    AssignConversation,
    EditConversation,
    LockConversation,
    MarkRead,
    SetConversationStatus,
    UnlockConversation,
)
from app.domain.tasks.commands import AssignTask, CompleteTask, DeleteTask, ReopenTask
from app.kernel.command import Command
from app.kernel.reader import Reader
from app.kernel.words import tr
from ui.features.acts import counted, rest_words

MOST_NAMED = 8
ASKED_FROM = {"delete": 10}  # how many are asked about before it is done; of other acts:
ASKED_ELSE = 50
Build = Callable[[UUID, Any], Command]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One act on many records of a kind. `build` gets a record's id and what was chosen with the act."""

    id: str
    text: str
    icon: str
    permission: str
    build: Build
    doing: str  # "{0} contacts deleted"
    chooses: str = ""  # what is asked first: a person, a time
    in_bar: bool = True


OFFERS: Mapping[str, tuple[Offer, ...]] = {
    "contact": (
        Offer(
            id="assign", text="Assign…", icon="user-plus", permission="contact:assign", doing="{0} assigned", chooses="person",
            build=lambda each, who: AssignContact(contact_id=each, owner_id=who, team_id=None, keeps_team=True),
        ),
        Offer(
            id="edit", text="Set a field…", icon="pencil", permission="contact:edit", doing="{0} changed", chooses="field",
            build=lambda each, patch: EditContact(contact_id=each, patch=dict(patch)),
        ),
        Offer(
            id="lock", text="Lock", icon="lock", permission="contact:lock", doing="{0} locked",
            build=lambda each, _: LockContact(contact_id=each),
        ),
        Offer(
            id="unlock", text="Unlock", icon="lock-open", permission="contact:lock", doing="{0} unlocked", in_bar=False,
            build=lambda each, _: UnlockContact(contact_id=each),
        ),
        Offer(
            id="delete", text="Delete", icon="trash-2", permission="contact:delete", doing="{0} deleted",
            build=lambda each, _: DeleteContact(contact_id=each),
        ),
    ),
    "account": (
        Offer(
            id="assign", text="Assign…", icon="user-plus", permission="account:assign", doing="{0} assigned", chooses="person",
            build=lambda each, who: AssignAccount(account_id=each, owner_id=who),
        ),
        Offer(
            id="edit", text="Set a field…", icon="pencil", permission="account:edit", doing="{0} changed", chooses="field",
            build=lambda each, patch: EditAccount(account_id=each, patch=dict(patch)),
        ),
        Offer(
            id="lock", text="Lock", icon="lock", permission="account:lock", doing="{0} locked",
            build=lambda each, _: LockAccount(account_id=each),
        ),
        Offer(
            id="unlock", text="Unlock", icon="lock-open", permission="account:lock", doing="{0} unlocked", in_bar=False,
            build=lambda each, _: UnlockAccount(account_id=each),
        ),
        Offer(
            id="delete", text="Delete", icon="trash-2", permission="account:delete", doing="{0} deleted",
            build=lambda each, _: DeleteAccount(account_id=each),
        ),
    ),
    "conversation": (
        Offer(
            id="assign", text="Assign…", icon="user-plus", permission="conversation:assign", doing="{0} assigned",
            chooses="person", build=lambda each, who: AssignConversation(conversation_id=each, assignee_id=who),
        ),
        Offer(
            id="resolve", text="Resolve", icon="check", permission="conversation:edit", doing="{0} resolved",
            build=lambda each, _: SetConversationStatus(conversation_id=each, status="resolved"),
        ),
        Offer(
            id="open", text="Open again", icon="undo-2", permission="conversation:edit", doing="{0} opened again", in_bar=False,
            build=lambda each, _: SetConversationStatus(conversation_id=each, status="open"),
        ),
        Offer(
            id="snooze", text="Snooze…", icon="clock", permission="conversation:edit", doing="{0} snoozed", chooses="time",
            build=lambda each, until: SetConversationStatus(conversation_id=each, status="snoozed", until=until),
        ),
        Offer(
            id="read", text="Mark as read", icon="eye", permission="conversation:edit", doing="{0} marked as read",
            in_bar=False,
            build=lambda each, _: MarkRead(conversation_id=each),
        ),
        Offer(
            id="edit", text="Set a field…", icon="pencil", permission="conversation:edit", doing="{0} changed", chooses="field",
            build=lambda each, patch: EditConversation(conversation_id=each, patch=dict(patch)),
        ),
        Offer(
            id="lock", text="Lock", icon="lock", permission="conversation:lock", doing="{0} locked",
            build=lambda each, _: LockConversation(conversation_id=each),
        ),
        Offer(
            id="unlock", text="Unlock", icon="lock-open", permission="conversation:lock", doing="{0} unlocked", in_bar=False,
            build=lambda each, _: UnlockConversation(conversation_id=each),
        ),
    ),
    "task": (
        Offer(
            id="assign", text="Assign…", icon="user-plus", permission="task:assign", doing="{0} assigned", chooses="somebody",
            build=lambda each, who: AssignTask(task_id=each, owner_id=who),
        ),
        Offer(
            id="complete", text="Done", icon="check", permission="task:edit", doing="{0} done",
            build=lambda each, _: CompleteTask(task_id=each),
        ),
        Offer(
            id="reopen", text="Open again", icon="undo-2", permission="task:edit", doing="{0} opened again", in_bar=False,
            build=lambda each, _: ReopenTask(task_id=each),
        ),
        Offer(
            id="delete", text="Delete", icon="trash-2", permission="task:delete", doing="{0} deleted",
            build=lambda each, _: DeleteTask(task_id=each),
        ),
    ),
}  # fmt: skip


def offers(desk: Desk, kind: str) -> tuple[Offer, ...]:
    """What the person's roles let them do with many records of the kind."""
    if not desk.may(f"{kind}:bulk"):
        return ()
    return tuple(offer for offer in OFFERS[kind] if desk.may(offer.permission))


def is_asked(offer: Offer, count: int) -> bool:
    """Whether so many are asked about first."""
    return count >= ASKED_FROM.get(offer.id, ASKED_ELSE)


def done_words(offer: Offer, kind: str, outcome: Outcome) -> str:
    """What was done: "118 contacts deleted; 2 stayed as they were; stopped before 300 others"."""
    parts = [tr(offer.doing).replace("{0}", counted(kind, outcome.done))]
    return "; ".join([*parts, *rest_words(outcome)]) + "."


async def refusals(desk: Desk, outcome: Outcome) -> Sequence[str]:
    """Who stayed as they were, each with the reason; the first few by name, and how many more."""
    first = outcome.refused[:MOST_NAMED]
    abouts = [about_of(command) for command, _ in first]

    def names(reader: Reader) -> list[str]:
        return [standing(reader, *about).title if about is not None else "" for about in abouts]

    named = await desk.read(names)
    lines = [
        f"{name}: {refusal_text(why.key, why.values)}" if name else refusal_text(why.key, why.values)
        for name, (_, why) in zip(named, first, strict=True)
    ]
    more = len(outcome.refused) - len(first)
    return [*lines, tr("And {0} more.").replace("{0}", f"{more:,}")] if more else lines
