"""Texts from outside, made fit for storing: PostgreSQL takes no NUL, and neither UTF-8 nor msgspec a lone surrogate."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def storable(text: str) -> str:
    """The text without NULs, and with a replacement character for each lone surrogate."""
    if "\x00" in text:
        text = text.replace("\x00", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def storable_line(text: str, at_most: int = 1000) -> str:
    """The same as one line: blanks, line ends and control characters between words become a single blank."""
    words = "".join(character if character.isprintable() else " " for character in storable(text)).split()
    return cut(" ".join(words), at_most)


def cut(text: str, at_most: int) -> str:
    """The text, or its beginning and an ellipsis when it has more characters than that."""
    return text if len(text) <= at_most else f"{text[: at_most - 1]}…"
