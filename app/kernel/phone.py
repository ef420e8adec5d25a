"""Phone numbers as a value: E.164 where a number is one (ITU-T E.164, by phonenumbers), kept as typed where it is not."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, shortnumberinfo

LAST_DIGITS = 8  # enough to tell people apart, few enough to be the same in national and international form
EMERGENCY = frozenset({"000", "08", "110", "112", "118", "119", "911", "999"})  # wherever a phone is (3GPP TS 22.101, §10.1)
MOST_SHORT = 6  # digits of a public service's number
COUNTRIES: Final = tuple(sorted(phonenumbers.SUPPORTED_REGIONS))  # ISO 3166
NO_DIGITS = re.compile(r"[^0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A number: `value` is E.164 ("+39065550142") or the text as typed when `is_valid` is false; never guessed."""

    value: str
    shown: str
    last_digits: str
    is_valid: bool
    country: str  # ISO 3166 code, "" when unknown


def digits_of(text: str) -> str:
    """Only the digits of a text."""
    return NO_DIGITS.sub("", text)


def last_digits_of(text: str) -> str:
    """The key under which national, international and extension forms of one number meet."""
    return digits_of(text)[-LAST_DIGITS:]


@lru_cache(maxsize=4096)
def read_phone(text: str, country: str = "") -> Phone:
    """Read a number as a person in `country` (ISO 3166) would dial it; "" reads international forms only."""
    typed = text.strip()
    try:
        parsed = phonenumbers.parse(typed, country or None)
    except NumberParseException:
        return _as_typed(typed)
    if not phonenumbers.is_valid_number(parsed):
        return _as_typed(typed)
    value = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    return Phone(
        value=value,
        shown=phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL),
        last_digits=last_digits_of(value),
        is_valid=True,
        country=phonenumbers.region_code_for_number(parsed) or "",
    )


def _as_typed(typed: str) -> Phone:
    return Phone(value=typed, shown=typed, last_digits=last_digits_of(typed), is_valid=False, country="")


def read_caller(text: str, country: str = "") -> Phone:
    """Read the number of an incoming call, which networks give with "+", "00", or a bare country code."""
    read = read_phone(text, country)
    digits = digits_of(text)
    if read.is_valid or len(digits) < LAST_DIGITS:
        return read
    bare = digits.removeprefix("00")
    international = read_phone(f"+{bare}")
    return international if international.is_valid else read


def national_digits(phone: Phone) -> str:
    """The digits that are dialled for it inside its own country; the value itself where it is no number."""
    if not phone.is_valid:
        return phone.value
    return digits_of(phonenumbers.format_number(phonenumbers.parse(phone.value), PhoneNumberFormat.NATIONAL))


def is_short(text: str, country: str) -> bool:
    """Whether a network takes these digits for an emergency or a public service; never true of codes for text messages."""
    if text in EMERGENCY:
        return True
    if not country or not (text.isascii() and text.isdecimal() and 2 < len(text) <= MOST_SHORT):
        return False
    if phonenumbers.is_emergency_number(text, country):
        return True
    number = phonenumbers.parse(text, country)
    return (
        phonenumbers.is_valid_short_number_for_region(number, country)
        and not shortnumberinfo.is_sms_service_for_region(number, country)
        and not shortnumberinfo.is_carrier_specific_for_region(number, country)
    )
