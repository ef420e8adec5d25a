"""Fields that are kept as codes and said in words: a language, a country, a time zone."""

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from zoneinfo import available_timezones

from PySide6.QtCore import QLocale

from app.kernel.errors import BadValue
from ui.widgets.languages import country_name, language_name

EXAMPLES = {"language": "Italian", "country": "Italy", "time_zone": "Europe/Rome"}


def words_of(field: str) -> Iterable[str]:
    """What such a field can be, in words; nothing for a field that takes any text."""
    return _codes(field) if field in EXAMPLES else ()


def said(field: str, value: str) -> str:
    """As a person reads it."""
    return {"language": language_name, "country": country_name}.get(field, str)(value)


def meant(field: str, words: str) -> str:
    """As it is kept; `BadValue` for what is none of them, in whatever case."""
    wanted = words.strip().casefold()
    if field not in EXAMPLES or not wanted:
        return words.strip()
    for name, code in _codes(field).items():
        if wanted in {name.casefold(), code.casefold()}:
            return code
    raise BadValue(field=field, value=words, hint=f"Choose one of the list, such as {EXAMPLES[field]}.")


@cache
def _codes(field: str) -> Mapping[str, str]:
    """The code of each by its words, in the order of these."""
    match field:
        case "language":
            named = {QLocale.languageToString(each): QLocale.languageToCode(each) for each in QLocale.Language}
        case "country":
            named = {QLocale.territoryToString(each): QLocale.territoryToCode(each) for each in QLocale.Country}
        case _:
            named = {each: each for each in available_timezones()}
    known = sorted(name for name, code in named.items() if field == "time_zone" or (code.isalpha() and len(code) > 1))
    return MappingProxyType({name: named[name] for name in known if name != "C"})
