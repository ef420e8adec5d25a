"""The names of languages and countries as people say them."""

from PySide6.QtCore import QLocale


def language_name(code: str) -> str:
    """ "Italian" for "it"; the code itself where Qt knows none, "" for ""."""
    if not code:
        return ""
    locale = QLocale(code)
    return code if locale.language() == QLocale.Language.C else QLocale.languageToString(locale.language())


def country_name(code: str) -> str:
    """ "Italy" for "IT"; the code itself where Qt knows none, "" for ""."""
    if not code:
        return ""
    territory = QLocale.codeToTerritory(code)
    return code if territory == QLocale.Country.AnyTerritory else QLocale.territoryToString(territory)
