"""HTML mail made safe: cleaned by nh3, shown without script, and without asking any address for anything."""

from typing import Any

import nh3
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QImage, QTextDocument
from PySide6.QtWidgets import QSizePolicy, QTextBrowser
from typing_extensions import override

from ui.theme.fonts import font

TAGS = {
    "a", "b", "blockquote", "br", "code", "div", "em", "font", "h1", "h2", "h3", "h4", "hr", "i", "img", "li", "ol", "p", "pre",
    "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
MOST_HTML = 500_000  # characters shown; the rest is in the raw mail


def clean_html(html: str) -> str:
    """Only words, tables and links are left; nothing that runs, loads or hides."""
    return nh3.clean(
        html[:MOST_HTML], tags=TAGS, attributes=ATTRIBUTES, url_schemes={"http", "https", "mailto", "tel"},
        strip_comments=True, link_rel="noopener noreferrer", clean_content_tags={"script", "style", "title"},
    )  # fmt: skip


class MailView(QTextBrowser):
    """Shows cleaned HTML; a link is opened in the browser only when it is pressed."""

    def __init__(self, html: str, width: int) -> None:
        super().__init__()
        self._blank = QImage(1, 1, QImage.Format.Format_ARGB32)
        self._blank.fill(0)
        self.setFont(font())
        self.setOpenLinks(False)
        self.anchorClicked.connect(_open)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        self.setHtml(clean_html(html))
        self.document().setTextWidth(width)
        self.setFixedSize(width, min(600, int(self.document().size().height()) + 6))

    @override
    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """A placeholder for everything: with nothing it would ask again and again."""
        return self._blank if kind == QTextDocument.ResourceType.ImageResource.value else ""


def _open(url: QUrl) -> None:
    if url.scheme() in {"http", "https", "mailto"}:
        QDesktopServices.openUrl(url)
