"""What was changed, in words that a person reads."""

from app.kernel.clock import system_now_us
from app.kernel.columns import moment_from_us
from ui.features.audit.words import step_words

NOW = moment_from_us(system_now_us())


def test_of_a_roles_rights_only_what_changed_is_told() -> None:
    before = {"rights": {"contact:read": "team", "audit:read": "all"}, "fields": {"contact.pinned_note": "hidden"}}
    after = {"rights": {"contact:read": "all", "audit:read": "all", "call:listen": "own"}, "fields": {}}

    was, now = step_words("rights", before, after, NOW)

    assert was == "Calls, listen: none; Contact: pinned note: hidden; Contacts, read: team"
    assert now == "Calls, listen: own; Contact: pinned note: none; Contacts, read: all"


def test_a_new_role_says_what_it_gives() -> None:
    given = {"rights": {"*": "all"}, "fields": {}}

    assert step_words("rights", None, given, NOW, is_new=True) == ("", "Everything: all")
