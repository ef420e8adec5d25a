"""How numbers and addresses are read and named."""

import re
from dataclasses import dataclass
from uuid import UUID

from app.kernel.ids import derived_id
from app.kernel.patch import clean_text
from app.kernel.phone import read_phone

PHONE = "phone"
EMAIL = "email"
ADDRESS = re.compile(r"[^@\s<>()\[\],;:\"\\]+@[^@\s<>()\[\],;:\"\\]+\.[^@\s<>()\[\],;:\"\\.]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadIdentity:
    """A number or address as it was understood; kept as typed when it was not."""

    kind: str
    value: str
    shown: str
    last_digits: str | None
    is_valid: bool
    country: str


def read_email(text: str) -> ReadIdentity:
    """An address, lower case (RFC 5321 leaves the local part to the host; in practice case never tells people apart)."""
    typed = clean_text(EMAIL, text).strip()
    is_valid = ADDRESS.fullmatch(typed) is not None
    return ReadIdentity(
        kind=EMAIL, value=typed.lower() if is_valid else typed, shown=typed, last_digits=None, is_valid=is_valid, country=""
    )


def read_number(text: str, country: str) -> ReadIdentity:
    """A phone number as somebody in the country (ISO 3166) dials it."""
    phone = read_phone(clean_text(PHONE, text), country)
    return ReadIdentity(
        kind=PHONE, value=phone.value, shown=phone.shown, last_digits=phone.last_digits or None, is_valid=phone.is_valid,
        country=phone.country,
    )  # fmt: skip


def read_identity(kind: str, text: str, country: str) -> ReadIdentity:
    """A number or an address, by its kind."""
    return read_email(text) if kind == EMAIL else read_number(text, country)


def identity_id(tenant_id: UUID, kind: str, value: str) -> UUID:
    """The one id of a number or address, whoever meets it first."""
    return derived_id(tenant_id, "identity", kind, value)
