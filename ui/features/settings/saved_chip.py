"""The chip beside the title that says whether all changes are kept."""

from PySide6.QtWidgets import QWidget

from ui.bridge.bind import bind
from ui.features.settings.saving import Saved, Saving
from ui.widgets.layout import column
from ui.widgets.marks import Chip
from ui.widgets.tip import set_tip

MOST_LETTERS = 60


class SavedChip(QWidget):
    """Draws `Saved`; the whole reason stands in the tooltip."""

    def __init__(self, saved: Saved) -> None:
        super().__init__()
        self._chip = Chip(" ", height=24)
        self.setLayout(column(self._chip, None, spacing=0))
        bind(self, saved.state, self._show)

    def _show(self, saving: Saving) -> None:
        text, tone, icon = self._words(saving)
        shown = text if len(text) <= MOST_LETTERS else text[: MOST_LETTERS - 1] + "…"
        self._chip.show_text(shown, tone, icon)
        self._chip.setAccessibleName(text)
        set_tip(self, text if shown != text else "")

    def _words(self, saving: Saving) -> tuple[str, str, str]:
        match saving.state:
            case "saved":
                return self.tr("All changes saved"), "success", "check"
            case "saving":
                return self.tr("Saving…"), "info", ""
            case "unused":
                return self.tr("Saved, but not in use: {0}").replace("{0}", saving.why), "warning", "triangle-alert"
            case "failed":
                return self.tr("Not saved: {0}").replace("{0}", saving.why), "danger", "circle-alert"
