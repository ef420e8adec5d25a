"""Every text that a person reads can be translated: no literal reaches a widget without `tr`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import modules, parsed

SHOWING = frozenset({
    "setText", "setTitle", "setWindowTitle", "setToolTip", "setStatusTip", "setWhatsThis", "setPlaceholderText",
    "setLabelText", "set_tip", "setAccessibleName", "setAccessibleDescription", "setInformativeText", "setHeaderLabels",
    "addItem", "addAction", "addMenu", "addTab", "addRow",
})  # fmt: skip
WIDGETS = frozenset({
    "QLabel", "QPushButton", "QToolButton", "QCheckBox", "QRadioButton", "QGroupBox", "QAction", "QMenu", "QDockWidget",
})  # fmt: skip
LETTERS = re.compile(r"[^\W\d_]{2}")


def shows(call: ast.Call) -> bool:
    """Whether the call puts its arguments before a person's eyes or ears."""
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name in SHOWING or name in WIDGETS
    return False


def bare_texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The line and the text of each literal with letters that is shown as it stands."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not shows(call):
            continue
        for argument in call.args:
            for text in literals(argument):
                if LETTERS.search(text):
                    yield call.lineno, text


def literals(argument: ast.expr) -> Iterator[str]:
    """The strings of an argument: plain, inside an f-string, or on either side of a condition."""
    match argument:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=parts):
            yield from (str(part.value) for part in parts if isinstance(part, ast.Constant))
        case ast.IfExp(body=one, orelse=other):
            yield from (*literals(one), *literals(other))
        case ast.BinOp(left=left, right=right):
            yield from (*literals(left), *literals(right))


def bare_texts_of(path: Path) -> list[str]:
    """The same for a file of the checkout, ready to be read."""
    return [f"{path}:{line}: {text!r}" for line, text in bare_texts(parsed(path))]


def test_one_place_sets_tooltips_and_it_makes_them_plain() -> None:
    setting = [path.as_posix() for path in modules("ui") if "setToolTip(" in path.read_text(encoding="utf-8")]
    assert [path for path in setting if not path.endswith("ui/widgets/tip.py")] == []
    assert len(setting) == 1


def test_every_text_of_the_console_goes_through_tr() -> None:
    assert [found for path in modules("ui") for found in bare_texts_of(path)] == []


def test_a_bare_text_is_found_and_a_translated_one_is_not() -> None:
    code = """
QLabel("Name")
self.button.setToolTip("Answer" if ringing else self.tr("Hang up"))
self.title.setText(f"Call {name}")
self.badge.setText("12")
self.take.setText(self.tr("Take ticket"))
self.count.setText(f"{number} · {age}")
"""
    assert list(bare_texts(ast.parse(code))) == [(2, "Name"), (3, "Answer"), (4, "Call ")]
