"""What goes on the wire for a number: rules run from the top, the first that fits wins. No regular expression can run away."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from app.kernel.phone import Phone, is_short, national_digits, read_phone

Fits = Literal["country", "prefix", "length", "extension", "pattern", "any"]
Form = Literal["e164", "national", "as_typed"]
Fault = Literal["country", "prefix", "length", "pattern", "digits"]
DIALLED = frozenset("0123456789*#")
CLASSES = {"X": "0123456789", "Z": "123456789", "N": "23456789"}  # as PBXs write their dial plans
REST = "."
MOST_DIGITS, MOST_RULES = 32, 50


class DialRule(msgspec.Struct, frozen=True, kw_only=True):
    """Which numbers, and what is dialled for them.

    `value`: a country (ISO 3166), a beginning, lengths such as "4" or "3-5", or a pattern; they are looked for in the number
    as E.164, where it is one. What is dialled is its `form`, without `strip` where it begins so, `before` put before it.
    `account` "" is all of them.
    """

    name: str = ""
    fits: Fits = "any"
    value: str = ""
    form: Form = "e164"
    strip: str = ""
    before: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled:
    """`number` is the customer's (E.164 where it is one), for the screen and the log; `wire` is what the server is asked for.

    `place`: of the rule that made it so, from 1; 0 is none. `is_short`: an emergency or service number, which no rule touches.
    """

    number: str
    wire: str
    place: int = 0
    rule: DialRule | None = None
    is_short: bool = False


def dialled(rules: Sequence[DialRule], typed: str, *, country: str = "", account: str = "") -> Dialled:
    """What is dialled for a number as somebody typed it; E.164, or as typed where it is none, when no rule fits."""
    plain = plain_number(typed)
    if is_short(plain, country):
        return Dialled(number=plain, wire=plain, is_short=True)
    phone = read_phone(typed, country)
    number = phone.value if phone.is_valid else plain
    for place, rule in enumerate(rules, 1):
        if rule.account in {"", account} and fits(rule, number, phone):
            return Dialled(number=number, wire=_rewritten(rule, plain, phone), place=place, rule=rule)
    return Dialled(number=number, wire=number)


def fits(rule: DialRule, number: str, phone: Phone) -> bool:
    """Whether the rule is for this number."""
    match rule.fits:
        case "any":
            return True
        case "country":
            return phone.is_valid and phone.country == rule.value
        case "prefix":
            return bool(rule.value) and number.startswith(rule.value)
        case "length":
            return _has_length(number.removeprefix("+"), rule.value)
        case "extension":
            return not phone.is_valid and number.isdecimal() and _has_length(number, rule.value)
        case "pattern":
            return matches(rule.value, number)


def matches(pattern: str, number: str) -> bool:
    """One step a character: digits stand for themselves, X, Z and N for any, 1 to 9 and 2 to 9, a last "." for the rest."""
    is_open = pattern.endswith(REST)
    fixed = pattern.removesuffix(REST)
    if len(number) < len(fixed) + is_open or (len(number) > len(fixed) and not is_open):
        return False
    return all(digit in CLASSES.get(mark, mark) for mark, digit in zip(fixed, number, strict=False))


def _rewritten(rule: DialRule, plain: str, phone: Phone) -> str:
    number = plain
    if phone.is_valid and rule.form != "as_typed":
        number = national_digits(phone) if rule.form == "national" else phone.value
    return rule.before + number.removeprefix(rule.strip) or number


def _has_length(digits: str, lengths: str) -> bool:
    least, most = lengths_of(lengths) or (1, 0)
    return digits.isdecimal() and least <= len(digits) <= most


def plain_number(typed: str) -> str:
    """Without what people write between digits; a name in place of a number stays as it is."""
    text = "".join(typed.split())
    if any(character.isalpha() for character in text):
        return text
    return "".join(character for place, character in enumerate(text) if character in DIALLED or (character == "+" and not place))


def lengths_of(text: str) -> tuple[int, int] | None:
    """ "4" and "3-5" as the least and the most; None where it is neither."""
    least, dash, most = text.replace("–", "-").partition("-")
    bounds = [part.strip() for part in ((least, most) if dash else (least, least))]
    if not all(part.isascii() and part.isdecimal() and len(part) <= 2 for part in bounds):
        return None
    low, high = int(bounds[0]), int(bounds[1])
    return (low, high) if 1 <= low <= high <= MOST_DIGITS else None


def faults_of(rule: DialRule) -> dict[str, Fault]:
    """What is wrong with a rule, by its field; nothing when it can be kept."""
    found: dict[str, Fault] = {}
    if rule.fits != "any" and not _is_value(rule.fits, rule.value):
        found["value"] = "length" if rule.fits == "extension" else rule.fits
    for field, text in (("strip", rule.strip), ("before", rule.before)):
        if not _is_beginning(text):
            found[field] = "digits"
    return found


def _is_value(kind: Fits, value: str) -> bool:
    match kind:
        case "country":
            return len(value) == 2 and value.isascii() and value.isupper()
        case "prefix":
            return bool(value) and _is_beginning(value)
        case "pattern":
            marks = value.removesuffix(REST).removeprefix("+")
            return bool(value) and len(value) <= MOST_DIGITS and all(mark in DIALLED or mark in CLASSES for mark in marks)
    return lengths_of(value) is not None


def _is_beginning(text: str) -> bool:
    return len(text) <= MOST_DIGITS and all(character in DIALLED for character in text.removeprefix("+"))
