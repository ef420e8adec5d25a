"""Who is on the phone, above what happened with them: facts, what is pinned to them, and the kinds of their timeline."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from app.desk.desk import Desk
from ui.bridge.kinds import kind_options
from ui.features.conversations.viewmodel import Caller
from ui.features.when import local_text
from ui.widgets.choices import Tabs
from ui.widgets.languages import language_name
from ui.widgets.layout import column, framed, row
from ui.widgets.marks import AvatarView, Chip, IconView
from ui.widgets.text import ElidedLabel, label


class CallerHead(QFrame):
    """`kind_chosen`: which entries of the timeline are wanted."""

    kind_chosen = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._avatar = AvatarView("", 44)
        self._name, self._under = ElidedLabel("", "title", hugs=True), ElidedLabel("", "small", "muted", tabular=True)
        self._vip, self._language = Chip("VIP", "accent_text", "star"), Chip(" ", "text2", "languages")
        self._pinned = label("", "small", "note_text", wraps=True)
        self._pin = framed(row(IconView("pin", "warning", 14), self._pinned, spacing=8, margins=(8, 10)), "note")
        self._tabs = Tabs(kind_options({}), self.tr("Show"), height=40)
        self._tabs.chosen.connect(self.kind_chosen)
        first = row(self._name, self._vip, self._language, None, spacing=8)
        who = row(self._avatar, spacing=12)
        who.addLayout(column(first, self._under, spacing=2), 1)
        tabs = framed(row(self._tabs, None, margins=(0, 0, 0, 20 - Tabs.EDGE)), "head")
        above = column(who, self._pin, spacing=12, margins=(16, 20, 4, 20))
        self.setLayout(column(above, tabs, spacing=0))

    def show_caller(self, caller: Caller | None, kind: str) -> None:
        """Nobody is known: the head goes away."""
        self.setVisible(caller is not None)
        if caller is None:
            return
        card = caller.card
        self._avatar.show_person(card.name)
        self._name.set_text(card.name)
        parts = (card.job_title, card.account_name, local_text(self._desk.now(), card.time_zone))
        self._under.set_text(" · ".join(part for part in parts if part))
        self._vip.setVisible(card.is_vip)
        self._language.setVisible(bool(card.language))
        self._language.show_text(language_name(card.language or "") or " ", "text2", "languages")
        self._pin.setVisible(bool(card.pinned_note))
        self._pinned.setText(card.pinned_note or "")
        self._tabs.set_options(kind_options(caller.counts))
        self._tabs.choose(kind)
        self._tabs.updateGeometry()
