"""What somebody wrote anew in an answer, without the mail that it answers."""

import re

from mailparser_reply import EmailReplyParser

LONGEST_READ = 10_000  # characters; the patterns for "so and so wrote" are not linear
LONGEST_LINE = 400
LANGUAGES = ["en", "de", "fr", "it", "es", "nl", "pl", "sv", "da"]
MANY_BLANK_LINES = re.compile(r"\n{4,}")
SIGNATURE = "--"


def visible_part(text: str) -> str:
    """The new part of an answer; the whole text where there is none, or where answers stand between the quoted lines."""
    lines = MANY_BLANK_LINES.sub("\n\n\n", "\n".join(line.rstrip() for line in text.splitlines())).strip("\n").split("\n")
    count = _written_lines(lines)
    mine, rest = lines[:count], lines[count:]
    while mine and (not mine[-1].strip() or mine[-1].lstrip().startswith(">")):
        rest.insert(0, mine.pop())
    if not mine or _goes_on(rest):
        return "\n".join(lines).strip()
    return "\n".join(mine).strip("\n")


def _written_lines(lines: list[str]) -> int:
    """How many lines stand before the first quoted mail."""
    head = _bounded(lines)
    reply = EmailReplyParser(languages=list(LANGUAGES)).parse_reply("\n".join(head)) or ""
    written = sum(1 for line in reply.split("\n") if line.strip())
    if written == sum(1 for line in head if line.strip()):
        return len(lines)
    for number, line in enumerate(head):
        if line.strip():
            written -= 1
        if written < 0:
            return number
    return len(lines)


def _bounded(lines: list[str]) -> list[str]:
    head: list[str] = []
    left = LONGEST_READ
    for line in lines:
        head.append(line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE])
        left -= len(head[-1]) + 1
        if left < 0:
            break
    return head


def _goes_on(rest: list[str]) -> bool:
    """Whether something new stands behind quoted lines: then only the whole makes sense."""
    has_quote = False
    for line in rest:
        if line.lstrip().startswith(">"):
            has_quote = True
        elif line.strip() == SIGNATURE:
            return False
        elif has_quote and line.strip():
            return True
    return False
