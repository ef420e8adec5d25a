"""What acts are called, and their icons: in the outbox, in the audit and in a record's history alike."""

from datetime import datetime

from app.desk.bulk import Outcome
from app.desk.wording import kind_word, kinds_word
from app.kernel.words import tr
from ui.features.when import moment_text

ACTS = {
    "sign_in": "Signed in", "sign_in.refused": "Sign-in refused", "session.end": "Signed out", "device.revoke": "Device revoked",
    "password.change": "Password changed", "audit.export": "Audit exported", "audit.cut": "Old rows of the audit deleted",
    "contact.export": "Contacts exported", "account.export": "Accounts exported", "conversation.export": "Conversations exported",
    "call.export": "Calls exported", "undo": "Undone", "audit.emptied": "Values of an erased person taken out of the audit",
    "user.set_state": "Agent state set", "conversation.mark_read": "Marked as read", "conversation.set_status": "Status changed",
    "message.set_state": "Delivery reported", "message.receive": "Message received", "message.reply": "Reply",
    "message.reply_files": "Reply with files", "message.retry": "Sent again", "message.discard": "Answer discarded",
    "attachment.remove": "File taken from an answer", "record.restore": "Brought back",
    "workspace.restored": "Workspace restored from a backup",
    "record.open": "Opened",
    "device.confirm": "Large deletions confirmed", "job.replay": "Failed job run again",
    "password_code.make": "Code for a password made", "password_code.use": "Password chosen with a code",
    "password_code.refused": "Code for a password refused", "password_code.cancel": "Code for a password withdrawn",
    "inbox.add": "Inbox set up", "identity.mark_bounced": "Address marked as bounced",
    "scope.set": "Rules of offline data set", "scope.pin": "Record kept on a device",
    "scope.unpin": "Record kept on a device no longer", "share.add": "Record shared", "share.remove": "Record shared no longer",
    "conversation.link_contact": "Conversation linked to a contact", "call.link_contact": "Call linked to a contact",
    "territory.move": "Territory moved", "territory.place": "Record put into a territory",
    "territory.take_out": "Record taken out of a territory",
    "tenant.watch_reading": "Telling who opened records changed",
    "call.keep_recording": "Recording kept", "call.delete_recordings": "Recording deleted",
    "call.listen": "Listened to a recording", "tenant.set_recording": "Recording of calls set",
    "tenant.keep_audit": "Retention of the audit set", "tenant.create": "Workspace founded", "tenant.edit": "Workspace changed",
}  # fmt: skip
DOINGS = {
    "create": "{0} created", "add": "{0} added", "edit": "{0} changed", "delete": "{0} deleted", "assign": "{0} assigned",
    "complete": "{0} done", "reopen": "{0} opened again", "pin": "{0} pinned", "rename": "{0} renamed", "start": "{0} started",
    "set_status": "Status of the {0} set", "link_contact": "{0} linked", "add_identity": "Number or address added",
    "remove_identity": "Number or address removed", "grant": "{0} granted", "revoke": "{0} revoked", "set_rights": "Rights set",
    "add_member": "Member added", "remove_member": "Member removed", "log": "{0} logged", "wrap_up": "{0} wrapped up",
    "settle": "Conflict settled", "restore": "{0} brought back", "share": "{0} shared", "merge": "{0} merged",
    "erase": "{0} erased for good", "lock": "{0} locked", "unlock": "{0} unlocked",
}  # fmt: skip
ICONS = {
    "message.reply_files": "paperclip", "conversation.set_status": "check", "conversation.mark_read": "eye", "note.pin": "pin",
    "call.keep_recording": "circle-dot", "call.delete_recordings": "trash-2", "call.listen": "headphones",
    "record.restore": "undo-2", "undo": "undo-2", "contact.create": "user-plus",
}  # fmt: skip
ICONS_OF_DOINGS = {"delete": "trash-2", "assign": "user-plus", "link_contact": "link", "lock": "lock", "unlock": "lock-open"}
ICONS_OF_NOUNS = {
    "message": "mail", "note": "sticky-note", "contact": "user-round-pen", "account": "building-2", "call": "phone",
    "task": "square-check-big", "conversation": "message-circle", "conflict": "git-merge",
}  # fmt: skip


def act_words(verb: str) -> str:
    """ "contact.edit" → "Contact changed"."""
    if verb in ACTS:
        return tr(ACTS[verb])
    noun, _, doing = verb.partition(".")
    pattern = DOINGS.get(doing)
    if pattern is None:
        return verb.replace(".", ": ").replace("_", " ")
    said = tr(pattern).replace("{0}", kind_word(noun))
    return said[:1].upper() + said[1:]


def act_icon(verb: str) -> str:
    """Its own, else that of what is done, else that of what it is done to."""
    noun, _, doing = verb.partition(".")
    return ICONS.get(verb) or ICONS_OF_DOINGS.get(doing) or ICONS_OF_NOUNS.get(noun, "activity")


def lock_words(by: str, at: datetime, now: datetime) -> str:
    """Who locked a record, and when."""
    words = tr("Locked by {0}, {1}").replace("{0}", by) if by else tr("Locked, {1}")
    return words.replace("{1}", moment_text(at, now))


def counted(kind: str, count: int) -> str:
    """Like "1 contact" and "1,204 contacts"."""
    return f"{count:,} {kind_word(kind) if count == 1 else kinds_word(kind)}"


def undone_words(outcome: Outcome | None) -> str:
    """What was taken back."""
    if outcome is None:
        return tr("Undone.")
    return "; ".join([tr("Undone for {0}").replace("{0}", f"{outcome.done:,}"), *rest_words(outcome)]) + "."


def rest_words(outcome: Outcome) -> list[str]:
    """What was not done of it."""
    parts = []
    if outcome.refused:
        parts.append(tr("{0} stayed as they were").replace("{0}", f"{len(outcome.refused):,}"))
    if outcome.left:
        parts.append(tr("stopped before {0} others").replace("{0}", f"{outcome.left:,}"))
    return parts
