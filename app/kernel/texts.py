"""The texts of errors in the person's language; English stands in the error classes themselves."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from app.kernel.errors import REGISTRY, PatchbayError, fill


def text_of(error: PatchbayError, language: str = "en") -> str:
    """The error's sentence in the language (ISO 639-1), in English where there is no translation."""
    return text_for(error.key, error.values, language)


def text_for(key: str, values: dict[str, Any], language: str = "en") -> str:
    """The sentence for an error that came over the wire as key and values."""
    known = REGISTRY.get(key, PatchbayError)
    return fill(_catalogue(language).get(key, known.text), values)


@cache
def _catalogue(language: str) -> dict[str, str]:
    file = files("resources").joinpath("i18n", f"errors.{language}.json")
    if language == "en" or not file.is_file():
        return {}
    catalogue: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return catalogue
