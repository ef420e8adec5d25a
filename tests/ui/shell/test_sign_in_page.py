"""The sign-in window with a password, and with a code with which one is chosen."""

import pytest
from pytestqt.qtbot import QtBot

from tests.ui.shell.test_reach import unnamed
from ui.shell.sign_in_page import SignInPage

Sent = list[tuple[str, ...]]


@pytest.fixture
def page(qtbot: QtBot) -> SignInPage:
    made = SignInPage()
    qtbot.addWidget(made)
    made.fill(server="https://patchbay.example", workspace="acme", email="nia@acme.example", can_resume=False)
    made.show()
    return made


@pytest.fixture
def sent(page: SignInPage) -> Sent:
    found: Sent = []
    page.submitted.connect(lambda *fields: found.append(fields))
    return found


def test_a_password_is_asked_for_once_and_no_code(page: SignInPage, sent: Sent) -> None:
    assert not page.has_code
    page._password.set_text("correct horse battery")
    page._go.click()
    assert sent == [("https://patchbay.example", "acme", "nia@acme.example", "correct horse battery", "")]


def test_with_a_code_the_password_is_chosen_and_typed_twice(page: SignInPage, sent: Sent) -> None:
    page._other.click()
    assert unnamed(page) == []
    assert (page.has_code, page._go.text()) == (True, "Choose password and sign in")
    page._go.click()
    assert page._code.input.accessibleDescription() == "Write something here."
    page._code.set_text("ABCD-EFGH-JKLM-NPQR")
    page._password.set_text("correct horse battery")
    page._again.set_text("correct horse batterx")
    page._go.click()
    assert page._again.input.accessibleDescription() == "The two are not the same."
    assert sent == []
    page._again.set_text("correct horse battery")
    page._go.click()
    assert [fields[-2:] for fields in sent] == [("correct horse battery", "ABCD-EFGH-JKLM-NPQR")]


def test_a_code_that_was_used_is_not_sent_again(page: SignInPage, sent: Sent) -> None:
    """The password is chosen; when signing in fails after that, it is signing in that is tried again."""
    page._other.click()
    for field, text in ((page._code, "ABCD"), (page._password, "correct horse battery"), (page._again, "correct horse battery")):
        field.set_text(text)
    page._go.click()
    page.code_used()
    page.show_problem("The server can't be reached.")
    page._go.click()
    assert [fields[-1] for fields in sent] == ["ABCD", ""]
    assert page._password.text == "correct horse battery"
