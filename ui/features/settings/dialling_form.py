"""The form of one rule: which numbers, what is dialled for them, and what that makes of the number that is tried."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QWidget
from typing_extensions import override

from app.desk.dialling import DialRule
from ui.bridge.acts import Run
from ui.features.settings.dialling_panel import DiallingPanel, tidied
from ui.features.settings.section import named, pair
from ui.widgets.buttons import Button
from ui.widgets.fields import Choice, TextField
from ui.widgets.layout import column, framed, row, scrolling
from ui.widgets.text import ElidedLabel, label


class RuleForm(QFrame):
    """`kept`: the rule is in the list, at this place; `leave`: back to the list."""

    def __init__(
        self, panel: DiallingPanel, countries: Sequence[tuple[str, str]], run: Run, *, kept: Callable[[int], None],
        leave: Callable[[], None],
    ) -> None:  # fmt: skip
        super().__init__()
        self._panel, self._run, self._kept, self._leave = panel, run, kept, leave
        self._place = 0
        self.name = TextField(self.tr("Name"), hint=self.tr("such as France without prefix"))
        self.fits, self.country, self.value = Choice(self.tr("Which numbers")), Choice(self.tr("Country")), TextField(" ")
        self.form, self.account = Choice(self.tr("Dialled")), Choice(self.tr("Account"))
        self.strip = TextField(self.tr("Taken off the front"), hint=self.tr("nothing"))
        self.before = TextField(self.tr("Put before"), hint=self.tr("nothing"))
        self._preview = ElidedLabel("", "small", "text2", tabular=True)
        self.country.fill([("", self.tr("Choose a country")), *countries], "")
        self._fill_choices()
        self.setLayout(column(self._fields(), self._feet(), spacing=0))
        for choice in (self.fits, self.country, self.form, self.account):
            choice.activated.connect(lambda _: self._changed())
        for field in (self.value, self.strip, self.before):
            field.input.textEdited.connect(lambda _: self._changed())

    def _fill_choices(self) -> None:
        self.fits.fill(
            [
                ("country", self.tr("Of a country")), ("prefix", self.tr("Beginning with")),
                ("extension", self.tr("Internal extensions")), ("length", self.tr("Of a length")),
                ("pattern", self.tr("Like a pattern")), ("any", self.tr("Every number")),
            ],
            "country",
        )  # fmt: skip
        self.form.fill(
            [
                ("national", self.tr("In national form: 01 23 45")), ("e164", self.tr("In full: +33 1 23 45")),
                ("as_typed", self.tr("As typed")),
            ],
            "national",
        )  # fmt: skip

    # ── laid out ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _fields(self) -> QWidget:
        self._no_country = label("", "small", "danger", wraps=True)
        self._country_named = framed(column(named(self.country.accessibleName(), self.country), self._no_country, spacing=4))
        self._account_named = named(self.account.accessibleName(), self.account)
        which = pair(named(self.fits.accessibleName(), self.fits), framed(column(self._country_named, self.value, spacing=0)))
        inner = QWidget()
        what = pair(named(self.form.accessibleName(), self.form), self._account_named)
        inner.setLayout(column(self.name, which, what, pair(self.strip, self.before), None, spacing=12, margins=(4, 20, 12, 20)))
        return scrolling(inner)

    def _feet(self) -> QFrame:
        back = Button(self.tr("Back"), "ghost", keys=("Esc",), height=32)
        back.clicked.connect(self._leave)
        self.keep = Button(self.tr("Keep rule"), "primary", keys=("↵",), height=32)
        self.keep.clicked.connect(self._keep)
        foot = row(spacing=8, margins=(12, 16, 12, 20))
        foot.addWidget(self._preview, 1)
        foot.addWidget(back)
        foot.addWidget(self.keep)
        return framed(foot, "foot")

    # ── shown ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def begin(self, place: int) -> None:
        """The rule at this place; 0 is a new one."""
        self._place = place
        new = DialRule(fits="country", form="national")
        rule = self._panel.rules.value[place - 1] if place else new
        for field, text in (
            (self.name, rule.name),
            (self.value, rule.value),
            (self.strip, rule.strip),
            (self.before, rule.before),
        ):
            field.set_text(text)
            field.show_problem("")
        accounts = self._panel.accounts
        self.account.fill([("", self.tr("All accounts")), *accounts], rule.account)
        self._account_named.setVisible(len(accounts) > 1 or bool(rule.account))
        for choice, value in ((self.fits, rule.fits), (self.form, rule.form), (self.country, rule.value)):
            choice.setCurrentIndex(max(0, choice.findData(value)))
        self._changed()
        self.name.input.setFocus()

    @property
    def rule(self) -> DialRule:
        """As it stands in the fields."""
        fits = self.fits.value
        return tidied(
            DialRule(
                name=self.name.text, fits=fits, value=self.country.value if fits == "country" else self.value.text,  # type: ignore[arg-type] # the choices are the literals
                form=self.form.value, strip=self.strip.text, before=self.before.text, account=self.account.value,  # type: ignore[arg-type] # as above
            )
        )  # fmt: skip

    def _changed(self) -> None:
        fits = self.fits.value
        digits = self.tr("Digits"), self.tr("such as 4, or 3-5")
        names = {
            "prefix": (self.tr("Beginning"), self.tr("such as +33 or 0")), "length": digits, "extension": digits,
            "pattern": (self.tr("Pattern"), self.tr("such as 2XXX or +39.")),
        }  # fmt: skip
        self._country_named.setVisible(fits == "country")
        self.value.setVisible(fits in names)
        if fits in names:
            self.value.set_name(*names[fits])
        self._show_no_country("")
        self._show_preview()

    def _show_preview(self) -> None:
        found = self._panel.preview(self.rule)
        if found is None:
            self._preview.set_text("")
        elif found.fits:
            self._preview.set_text(f"{found.number}  →  {found.wire}")
        else:
            self._preview.set_text(self.tr("Does not fit {0}").replace("{0}", found.number))

    # ── kept ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _keep(self) -> None:
        self._run(self._try())

    async def _try(self) -> None:
        wrong = await self._panel.put(self.rule, self._place)
        if not wrong:
            self._kept(self._place or len(self._panel.rules.value))
            return
        fields = {"value": self.value, "strip": self.strip, "before": self.before}
        for name, words in wrong.items():
            if name == "value" and self.fits.value == "country":
                self._show_no_country(words)
            else:
                fields[name].show_problem(words)

    def _show_no_country(self, words: str) -> None:
        self._no_country.setText(words)
        self._no_country.setVisible(bool(words))
        self.country.setAccessibleDescription(words)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._keep()
        else:
            super().keyPressEvent(event)
