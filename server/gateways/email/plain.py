"""HTML as plain text, for mails that bring nothing else: linear in its length, whatever the tags are."""

import html
import re

MOST_HTML = 1_000_000  # characters read
TOKEN = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})[^<>]*>|<[!?][^<>]*>|[^<]+|<")
BREAKS = frozenset(
    {"br", "p", "div", "tr", "li", "ul", "ol", "table", "blockquote", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "pre"}
)
HIDDEN = ("script", "style", "head", "title")
BLANKS = re.compile(r"[^\S\n]+")
MANY_LINES = re.compile(r"\n\s*\n\s*")


def plain_of(source: str) -> str:
    """The words of an HTML text, a line for each block."""
    shown = _without(source[:MOST_HTML], "<!--", "-->")
    for tag in HIDDEN:
        shown = _without_tag(shown, tag)
    found: list[str] = []
    for token in TOKEN.finditer(shown):
        if token[2]:
            name = token[2].lower()
            found.append("\n" if name in BREAKS else "\t" if name in {"td", "th"} and token[1] else "")
        elif not token[0].startswith("<") or token[0] == "<":
            found.append(BLANKS.sub(" ", token[0].replace("\n", " ")))
    text = html.unescape("".join(found)).replace("\xa0", " ")
    lines = (BLANKS.sub(" ", line).strip() for line in text.split("\n"))
    return MANY_LINES.sub("\n\n", "\n".join(lines)).strip()


def _without(text: str, begin: str, end: str) -> str:
    kept: list[str] = []
    at = 0
    while (start := text.find(begin, at)) != -1:
        kept.append(text[at:start])
        stop = text.find(end, start + len(begin))
        if stop == -1:
            return "".join(kept)
        at = stop + len(end)
    return "".join([*kept, text[at:]])


def _without_tag(text: str, tag: str) -> str:
    """Without an element and what stands in it; one that is never closed hides nothing."""
    opening, closing = re.compile(rf"<{tag}[\s>]", re.IGNORECASE), re.compile(rf"</{tag}\s{{0,9}}>", re.IGNORECASE)
    kept: list[str] = []
    at = 0
    while (start := opening.search(text, at)) and (stop := closing.search(text, start.end())):
        kept.append(text[at : start.start()])
        at = stop.end()
    return "".join([*kept, text[at:]])
