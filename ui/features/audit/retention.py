"""For how long the audit is kept: shown to those who may say so; a shorter time asks first, as it deletes."""

from PySide6.QtWidgets import QFrame

from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.bridge.messages import Choice as Answer
from ui.bridge.messages import Messages, Question
from ui.features.audit.viewmodel import AuditPanel
from ui.widgets.fields import Choice
from ui.widgets.layout import column, row, set_role
from ui.widgets.text import label

YEAR = 365
KEPT = (90, YEAR, 2 * YEAR, 5 * YEAR, 10 * YEAR)


class Retention(QFrame):
    """One line with its choice."""

    def __init__(self, panel: AuditPanel, run: Run, messages: Messages) -> None:
        super().__init__()
        self._panel, self._messages = panel, messages
        set_role(self, "role", "card")
        self._kept = Choice(self.tr("How long the audit is kept"))
        self._kept.activated.connect(lambda _: run(self._keep()))
        note = self.tr("What is older is deleted for good; the chain of what is left still proves itself.")
        line = row(spacing=16, margins=16)
        line.addLayout(
            column(label(self.tr("Keep the audit"), "strong"), label(note, "small", "muted", wraps=True), spacing=1), 1
        )
        line.addWidget(self._kept)
        self.setLayout(line)
        self.setVisible(panel.can_keep)
        bind(self, panel.kept_days, self._offer_days)

    def _offer_days(self, days: int | None) -> None:
        offered = sorted({*KEPT, *([days] if days else [])})
        words = [("", self.tr("For ever")), *((str(each), self._days_words(each)) for each in offered)]
        self._kept.fill(words, str(days) if days else "")

    def _days_words(self, days: int) -> str:
        years = days // YEAR
        if days % YEAR:
            return self.tr("{0} days").replace("{0}", f"{days:,}")
        return self.tr("1 year") if years == 1 else self.tr("{0} years").replace("{0}", str(years))

    async def _keep(self) -> None:
        """A shorter time asks first: it deletes."""
        days, before = int(self._kept.value) if self._kept.value else None, self._panel.kept_days.value
        try:
            if days is None or (before is not None and days >= before) or await self._is_sure(days):
                await self._panel.keep(days)
        finally:
            self._offer_days(self._panel.kept_days.value)

    async def _is_sure(self, days: int) -> bool:
        question = Question(
            title=self.tr("Keep the audit for {0} only?").replace("{0}", self._days_words(days)),
            text=self.tr("Everything older is deleted within the hour, for good."),
            choices=(
                Answer(id="no", text=self.tr("Leave it as it is"), kind="primary"),
                Answer(id="yes", text=self.tr("Delete what is older"), kind="dangerline"),
            ),
            safe="no",
        )  # fmt: skip
        return await self._messages.ask(question) == "yes"
