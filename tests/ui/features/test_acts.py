"""What acts are called where people read of them."""

import pytest

from app.kernel.command import COMMANDS
from ui.features.acts import act_words
from ui.features.audit.viewmodel import EVENTS


@pytest.mark.parametrize("verb", sorted({*COMMANDS, *EVENTS}))
def test_every_act_has_words_of_its_own(verb: str) -> None:
    words = act_words(verb)

    assert words[:1].isupper()
    assert ":" not in words  # that is how one without words is shown
    assert "_" not in words
