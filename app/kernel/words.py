"""Words for people in parts that know no window: written in English, translated where a translator is installed."""

from collections.abc import Callable

Translator = Callable[[str], str]
_translate: list[Translator] = [lambda text: text]


def tr(text: str) -> str:
    """The text in the person's language."""
    return _translate[0](text)


def install_translator(translate: Translator) -> None:
    """From now on texts are translated by this."""
    _translate[0] = translate
