"""The one style sheet of the application: surfaces, borders and inputs by role; fonts are never set here."""

from string import Template

from ui.theme.tokens import theme

TONES = (
    "text", "text2", "muted", "disabled", "accent_text", "on_accent", "success", "warning", "danger", "info", "note_text",
    "voice", "email", "whatsapp", "sms", "chat", "social",
)  # fmt: skip
SHEET = Template("""
QWidget { color: $text; }
QMainWindow, QWidget[role="s0"], QFrame[role="s0"] { background: $s0; }
QWidget[role="s1"] { background: $s1; }
QFrame[role="pane"] { background: $s1; border: 1px solid $line; border-radius: 10px; }
QFrame[role="left"] { background: $s2; border: 0; border-right: 1px solid $line;
    border-top-left-radius: 9px; border-bottom-left-radius: 9px; }
QFrame[role="right"] { background: $s2; border: 0; border-left: 1px solid $line;
    border-top-right-radius: 9px; border-bottom-right-radius: 9px; }
QFrame[role="head"] { background: transparent; border: 0; border-bottom: 1px solid $line; }
QFrame[role="foot"] { background: transparent; border: 0; border-top: 1px solid $line; }
QFrame[role="card"] { background: $s3; border: 1px solid $line; border-radius: 10px; }
QFrame[role="inset"] { background: $inset; border: 0; border-radius: 8px; }
QFrame[role="note"] { background: $note; border: 1px solid $note_line; border-radius: 8px; }
QFrame[role="notebubble"] { background: $note; border: 1px solid $note_line; border-radius: 12px; }
QFrame[role="in"] { background: $bubble_in; border: 0; border-radius: 12px; }
QFrame[role="out"] { background: $bubble_out; border: 0; border-radius: 12px; }
QFrame[role="warn"] { background: $warning_soft; border: 0; border-radius: 8px; }
QFrame[role="bad"] { background: $danger_soft; border: 0; border-radius: 8px; }
QFrame[role="good"] { background: $success_soft; border: 0; border-radius: 8px; }
QFrame[role="soft"] { background: $info_soft; border: 0; border-radius: 8px; }
QFrame[role="picked"] { background: $sel; border: 1px solid $accent; border-radius: 8px; }
QFrame[role="choice"] { background: $s3; border: 1px solid $line; border-radius: 8px; }
QFrame[role="composer"] { background: $s1; border: 1px solid $line2; border-radius: 10px; }
QFrame[role="composer"][focused="true"] { border: 2px solid $focus; }
QFrame[role="composer"][note="true"] { background: $note; border-color: $note_line; }
QFrame[role="composer"][note="true"][focused="true"] { border-color: $warning_dot; }
QFrame[role="rule"] { background: $line; border: 0; }
QListView, QTreeView, QTableView, QHeaderView, QTextEdit, QTextBrowser, QPlainTextEdit { background: transparent;
    border: 0; outline: 0; selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit, QComboBox { background: $s1; border: 1px solid $line2; border-radius: 7px; padding: 0 10px; min-height: 30px;
    selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit:hover, QComboBox:hover { border-color: $edge; }
QLineEdit:focus, QComboBox:focus { border: 2px solid $focus; padding: 0 9px; min-height: 28px; }
QLineEdit[problem="true"] { border: 1px solid $danger_dot; }
QLineEdit[problem="true"]:focus { border: 2px solid $danger_dot; }
QLineEdit:disabled, QComboBox:disabled { background: $inset; color: $disabled; }
QLineEdit[leads="true"] { padding-left: 2px; }
QLineEdit[leads="true"]:focus { padding-left: 1px; }
QComboBox[leads="true"] { padding-left: 34px; }
QComboBox[leads="true"]:focus { padding-left: 33px; }
QLineEdit[bare="true"] { border: 0; background: transparent; padding: 0; }
QComboBox::drop-down { border: 0; width: 26px; }
QComboBox QAbstractItemView, QListView[role="offered"] { background: $s3; border: 1px solid $line2; outline: 0; padding: 4px;
    selection-background-color: $sel; selection-color: $text; }
QScrollArea { border: 0; background: transparent; }
QScrollArea > QWidget > QWidget[role="clear"] { background: transparent; }
QScrollBar:vertical { width: 10px; background: transparent; margin: 2px; }
QScrollBar::handle:vertical { background: $line2; border-radius: 3px; min-height: 40px; }
QScrollBar::handle:vertical:hover { background: $edge; }
QScrollBar:horizontal { height: 0; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page { background: none; height: 0; width: 0; }
QToolTip { background: $tip; color: $on_tip; border: 0; padding: 4px 8px; }
QMenu { background: $s3; border: 1px solid $line2; border-radius: 8px; padding: 4px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 5px; }
QMenu::item:selected { background: $sel; color: $text; }
QMenu::item:disabled { color: $disabled; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
""")


def sheet() -> str:
    """The sheet in the live theme's colours."""
    tones = "\n".join(f'QLabel[tone="{tone}"] {{ color: {theme.hex(tone)}; }}' for tone in TONES)
    return SHEET.substitute(theme.values) + tones
