"""Words as they are searched for: without case, accents and punctuation; each character of Chinese and Japanese is a word.

What is folded here is folded alike in both databases' indexes and in every query, so neither needs a way of its own.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

LONGEST_WORD = 64  # characters; what is longer is no word, and its beginning finds it
WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")
ACCENTS = re.compile(r"[\u0300-\u036f]")
IDEOGRAPHS = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f]")
PIECES = re.compile(f"{IDEOGRAPHS.pattern}|(?:(?!{IDEOGRAPHS.pattern}).)+")
LETTERS = str.maketrans({
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t",
})  # fmt: skip  # letters that are not a letter and an accent
ASCII = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}
MARK = "\x1e"  # ends a text among many; where one has it in it, each is folded by itself
ASCII_MARKED = ASCII | {ord(MARK): MARK}
UMLAUTS = (("ä", "ae", "a"), ("ö", "oe", "o"), ("ü", "ue", "u"))


def fold(text: str) -> list[str]:
    """The words of a text, in order."""
    if text.isascii():  # most are, and this is many times quicker
        return [word[:LONGEST_WORD] for word in text.translate(ASCII).split()]
    return [piece for match in WORD.finditer(text) for piece in fold_word(match.group())]


def fold_many(texts: Sequence[str], most: int) -> list[str]:
    """Of each text its words, at most so many, with a blank between each two: as `fold` gives them, and several times quicker."""
    plain = [text for text in texts if text.isascii()]
    joined = MARK.join(plain)
    if joined.count(MARK) != len(plain) - 1:
        return [" ".join(fold(text)[:most]) for text in texts]
    folded = iter([_spaced(each, most) for each in joined.translate(ASCII_MARKED).split(MARK)])
    return [next(folded) if text.isascii() else " ".join(fold(text)[:most]) for text in texts]


def _spaced(folded: str, most: int) -> str:
    words = folded.split()
    if len(folded) > LONGEST_WORD:
        words = [word[:LONGEST_WORD] for word in words[:most]]
    return " ".join(words)


def spans(text: str) -> Iterator[tuple[str, int, int]]:
    """Each word with where it stands in the text as it was written."""
    for match in WORD.finditer(text):
        written = match.group()
        if IDEOGRAPHS.search(written) is None:
            for word in fold_word(written):
                yield word, match.start(), match.end()
            continue
        for piece in PIECES.finditer(written):
            for word in fold_word(piece.group()):
                yield word, match.start() + piece.start(), match.start() + piece.end()


@lru_cache(maxsize=65_536)
def fold_word(written: str) -> tuple[str, ...]:
    """One word as written: itself folded, or several where it holds characters that are words by themselves."""
    if written.isascii():
        return (written.lower()[:LONGEST_WORD],)
    plain = ACCENTS.sub("", unicodedata.normalize("NFKD", written.casefold()))
    plain = unicodedata.normalize("NFC", plain).translate(LETTERS)
    if IDEOGRAPHS.search(plain) is None:
        return tuple(word[:LONGEST_WORD] for word in WORD.findall(plain))
    return tuple(piece[:LONGEST_WORD] for piece in PIECES.findall(plain))


def spellings(written: str) -> tuple[str, ...]:
    """The folded word and what else it may be spelled as: Müller and Mueller find each other."""
    plain = "".join(fold_word(written))
    lower = written.casefold()
    told = [lower.replace(umlaut, pair) for umlaut, pair, _ in UMLAUTS if umlaut in lower]
    told += [plain.replace(pair, letter) for _, pair, letter in UMLAUTS if pair in plain]
    return tuple(dict.fromkeys((plain, *("".join(fold_word(each)) for each in told))))
