"""The card of the test call: whom it calls, its steps from open to done, and how the line is."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from app.desk.echo_call import EchoRun
from app.desk.profile import Profile
from app.kernel.errors import BadValue
from ui.bridge.acts import Run
from ui.bridge.bind import bind
from ui.features.settings.test_call_panel import EchoPanel, StepLine, figures_words, line_words, steps_of, trouble_words
from ui.features.when import duration_text
from ui.widgets.buttons import Button, IconButton
from ui.widgets.curve import Curve
from ui.widgets.fields import TextField
from ui.widgets.layout import column, framed, row
from ui.widgets.marks import IconView
from ui.widgets.text import ElidedLabel, label
from ui.widgets.tip import set_tip

TICK_MS = 500
MARKS = {
    "open": ("circle", "edge", "muted"), "doing": ("loader-circle", "accent_text", "text"),
    "done": ("circle-check", "success", "text"), "failed": ("circle-alert", "danger", "danger"),
}  # fmt: skip


class _Step(QWidget):
    """A mark, what is proved, and by what."""

    def __init__(self) -> None:
        super().__init__()
        self._mark, self._detail = IconView("circle", "edge", 16), label("", "small", "muted", tabular=True)
        self._still, self._moving = ElidedLabel(), ElidedLabel(style="strong")
        line = row(self._mark, spacing=9)
        line.addWidget(self._still, 1)
        line.addWidget(self._moving, 1)
        line.addWidget(self._detail)
        self.setLayout(line)

    def show_step(self, step: StepLine) -> None:
        """How it stands; what is on its way is written stronger."""
        icon_name, tone, text_tone = MARKS[step.state]
        self._mark.show_icon(icon_name, tone)
        for words in (self._still, self._moving):
            words.set_text(step.text, text_tone)
            words.setVisible((words is self._moving) is (step.state == "doing"))
        self._detail.setText(step.detail)
        self.setAccessibleName(f"{step.text}: {self._word(step.state)} {step.detail}".rstrip())

    def _word(self, state: str) -> str:
        words = {"open": self.tr("open"), "doing": self.tr("on its way"), "done": self.tr("done"), "failed": self.tr("failed")}
        return words[state]


class EchoCallCard(QWidget):
    """Draws what the panel says; T begins and ends a test, as the button does."""

    def __init__(self, panel: EchoPanel, run: Run) -> None:
        super().__init__()
        self._panel, self._run = panel, run
        self._note = ElidedLabel("", "small", "muted")
        self._number = TextField(self.tr("Number of the echo service"), hint=self.tr("such as *43"))
        self._change = IconButton("pencil", self.tr("Change the number of the echo service"), size=15, box=28)
        self._asking, self._proof, self._trouble_words = self._field(), [_Step() for _ in range(5)], label("", "body", wraps=True)
        self._trouble = self._box()
        self._named, self._figures = label("", "tiny", "muted"), label("", "tiny", "text2", weight=600, tabular=True)
        self._curve = Curve(self.tr("Round trip"))
        self._toggle, self._time = Button(self.tr("Test call"), icon_name="phone", keys=("T",)), label("", "body", tabular=True)
        self._toggle.clicked.connect(self.toggle)
        self._verdict, self._bars = ElidedLabel("", "small_strong", "success", hugs=True), IconView("signal", "success", 16)
        self._steps = framed(self._proving())
        self.setLayout(column(self._card(), spacing=0))
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._show_time)
        bind(self, panel.settings.profile, self._show_number)
        bind(self, panel.is_asking, self._asking.setVisible)
        bind(self, panel.run, self._show)

    def toggle(self) -> None:
        """Begin or end a test; without a number, into the field that wants one."""
        self._panel.toggle()
        if self._panel.is_asking.value:
            self._number.input.setFocus()

    def _card(self) -> QFrame:
        self._change.clicked.connect(self._panel.ask)
        head = row(spacing=12)
        head.addLayout(column(label(self.tr("Test call"), "h1"), self._note, spacing=1), 1)
        head.addWidget(self._change)
        foot = row(self._toggle, self._time, None, self._bars, self._verdict, spacing=8)
        return framed(column(head, self._asking, self._steps, foot, spacing=10, margins=16), "card")

    def _field(self) -> QFrame:
        keep = Button(self.tr("Keep"), height=32)
        keep.clicked.connect(lambda: self._run(self._keep()))
        self._number.input.returnPressed.connect(lambda: self._run(self._keep()))
        line = row(spacing=8)
        line.addWidget(self._number, 1)
        held = column(20, keep, None, spacing=0)  # below the caption, beside the input
        line.addLayout(held)
        how = self.tr(
            "It answers and sends back what it hears. Most phone systems have one: *43 on FreePBX and Asterisk, 9196 on"
            " FreeSWITCH, *777 on 3CX. Else ask whoever runs yours."
        )
        return framed(column(line, label(how, "small", "muted", wraps=True), spacing=6))

    def _box(self) -> QFrame:
        line = row(IconView("circle-alert", "danger", 16), spacing=10, margins=(8, 10, 8, 12))
        line.addWidget(self._trouble_words, 1)
        return framed(line, "bad")

    def _proving(self) -> QHBoxLayout:
        figures = row(self._named, None, self._figures, spacing=8)
        held = row(spacing=0)
        held.addLayout(column(*self._proof, self._trouble, figures, self._curve, spacing=8), 1)
        return held

    async def _keep(self) -> None:
        try:
            await self._panel.keep(self._number.text)
        except BadValue as error:
            self._number.show_problem(self.tr("Write digits, * and #, or the name of a line."))
            self._number.input.setFocus()
            if error.values["field"] != "number":
                raise

    def _show_number(self, profile: Profile) -> None:
        number = profile.habits.echo_number
        self._number.set_text(number)
        calls = self.tr("Calls your echo service, {0}.").replace("{0}", number)
        self._note.set_text(calls if number else self.tr("Proves the phone by calling an echo service."))
        self._steps.setVisible(bool(number))
        self._change.setVisible(bool(number))
        self._toggle.setEnabled(bool(number))
        set_tip(self._toggle, "" if number else self.tr("Needs the number of an echo service"))

    def _show(self, run: EchoRun) -> None:
        for widget, step in zip(self._proof, steps_of(run), strict=True):
            widget.show_step(step)
        words = trouble_words(run)
        self._trouble_words.setText(words)
        self._trouble.setVisible(bool(words))
        name, figures = figures_words(run)
        self._named.setText(name)
        self._figures.setText(figures)
        self._curve.show_values(run.curve, figures)
        for part in (self._named, self._figures, self._curve):
            part.setVisible(run.figures is not None)
        self._show_foot(run)

    def _show_foot(self, run: EchoRun) -> None:
        words = {"idle": self.tr("Test call"), "over": self.tr("Test again")}
        self._toggle.set_words(words.get(run.stage, self.tr("Stop test")))
        self._toggle.set_icon("phone-off" if run.is_on else "phone")
        self._toggle.set_kind("dangerline" if run.is_on else "default")
        verdict, tone = line_words(run)
        self._verdict.set_text(verdict, tone)
        self._bars.show_icon("signal", tone)
        self._bars.setVisible(bool(verdict))
        if run.is_on:
            self._tick.start()
        else:
            self._tick.stop()
        self._show_time()

    def _show_time(self) -> None:
        run = self._panel.run.value
        waiting = self.tr("calling…") if run.is_on else ""
        self._time.setText(waiting if run.answered_at is None else duration_text(self._panel.talked_s()))
