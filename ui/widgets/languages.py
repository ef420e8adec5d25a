"""The names of languages and countries as people say them."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from PySide6.QtCore import QLocale


def language_name(code: str) -> str:
    """ "Italian" for "it"; the code itself where Qt knows none, "" for ""."""
    if not code:
        return ""
    locale = QLocale(code)
    return code if locale.language() == QLocale.Language.C else QLocale.languageToString(locale.language())


def language_code(said: str) -> str | None:
    """ "it" for "Italian" or "it", whatever the case; "" for "", nothing where no language is called so."""
    wanted = said.strip().casefold()
    if not wanted:
        return ""
    return next((code for name, code in languages().items() if wanted in {name.casefold(), code.casefold()}), None)


@cache
def languages() -> Mapping[str, str]:
    """Every language by its name, in the order of the names, with its code of two or three letters."""
    known = (each for each in QLocale.Language if each not in {QLocale.Language.AnyLanguage, QLocale.Language.C})
    named = {QLocale.languageToString(each): QLocale.languageToCode(each) for each in known}
    return MappingProxyType({name: named[name] for name in sorted(named) if named[name]})


def country_name(code: str) -> str:
    """ "Italy" for "IT"; the code itself where Qt knows none, "" for ""."""
    if not code:
        return ""
    territory = QLocale.codeToTerritory(code)
    return code if territory == QLocale.Country.AnyTerritory else QLocale.territoryToString(territory)
