"""What records and their fields are called, for screens that tell of any of them: the outbox, conflicts."""

import msgspec

from app.domain.timeline.queries import TimelineEntry
from app.kernel.words import tr

KINDS = {
    "contact": "contact", "account": "account", "conversation": "conversation", "message": "message", "note": "note",
    "task": "task", "call": "call", "user": "person", "team": "team", "role": "role", "identity": "number or address",
    "contact_identity": "number or address", "conflict": "decision", "attachment": "file", "share": "share",
    "territory": "territory", "workspace": "workspace", "device_scope": "offline rule", "pin": "pin",
}  # fmt: skip
PLURALS = {
    "person": "people",
    "territory": "territories",
    "number or address": "numbers and addresses",
}  # those that do not end with an s
LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "et": "Estonian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian",
    "hu": "Hungarian", "id": "Indonesian", "is": "Icelandic", "it": "Italian", "ja": "Japanese", "ko": "Korean",
    "lt": "Lithuanian", "lv": "Latvian", "nb": "Norwegian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish",
    "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish",
    "th": "Thai", "tr": "Turkish", "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
FIELDS = {
    "name": "name", "job_title": "job title", "language": "language", "time_zone": "time zone", "pinned_note": "pinned note",
    "is_vip": "VIP mark", "account_id": "account", "contact_id": "contact", "owner_id": "owner", "team_id": "team",
    "status": "status", "snoozed_until": "snoozed until", "assigned_at": "assigned at", "subject": "subject",
    "is_unread": "unread mark", "reply_due_at": "reply due", "title": "title", "details": "details", "due_at": "due time",
    "done_at": "done at", "text": "text", "is_pinned": "pin", "industry": "industry", "domain": "domain", "email": "e-mail",
    "phone": "phone number", "disposition": "outcome", "is_active": "active mark", "rights": "rights", "state": "state",
    "tags": "tags", "identity_id": "number or address",
    "locked_at": "lock", "locked_by": "locked by", "share_count": "shares", "record_kind": "kind", "with_team_id": "with team",
    "user_id": "person", "may_edit": "may change", "above_id": "below", "custom": "custom fields", "member_of": "member of",
    "audit_days": "days the audit is kept", "deleted_kept_days": "days deletions are kept",
    "lock_after_days": "days until devices lock", "size_bytes": "bytes", "groups": "teams and territories",
}  # fmt: skip


def kind_word(kind: str) -> str:
    """A record of this kind: "contact"."""
    return tr(KINDS.get(kind, kind.replace("_", " ")))


def kinds_word(kind: str) -> str:
    """Several records of this kind: "contacts"."""
    word = KINDS.get(kind, kind.replace("_", " "))
    return tr(PLURALS.get(word, f"{word}s"))


def hidden_word() -> str:
    """What stands where a role hides a text: not nothing, which would read as an empty one."""
    return tr("Hidden from you")


def told(entry: TimelineEntry) -> TimelineEntry:
    """An entry of a timeline, saying of its hidden texts that they are."""
    said = {field: hidden_word() for field in entry.hidden if field != "by"}
    return msgspec.structs.replace(entry, **said) if said else entry


def field_word(field: str) -> str:
    """A field: "job title"."""
    return tr(FIELDS.get(field, field.removesuffix("_id").replace("_", " ")))


def field_of(words: str) -> str:
    """The field that somebody calls so: "job_title" for "Job title"; an unknown one as it would be written."""
    said = " ".join(words.lower().split())
    return next((field for field, known in FIELDS.items() if said == tr(known).lower()), said.replace(" ", "_"))


def language_word(code: str) -> str:
    """A language of the contact's form, by its code (ISO 639-1): "Italian"; others stay codes."""
    return tr(LANGUAGES.get(code.lower(), code))
