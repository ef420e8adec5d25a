"""Who sees what, and how far each right goes: levels, managers, territories, shares; nobody gives more than they have."""

from uuid import UUID

import pytest

from app.domain.accounts.commands import CreateAccount, EditAccount
from app.domain.accounts.queries import account
from app.domain.calls.queries import calls
from app.domain.contacts.commands import AssignContact, CreateContact, DeleteContact, EditContact
from app.domain.contacts.queries import contact, contacts
from app.domain.conversations.commands import StartConversation
from app.domain.conversations.queries import conversation
from app.domain.messages.commands import Reply
from app.domain.notes.commands import AddNote
from app.domain.roles.catalogue import check_fields, check_rights, guardable_fields, permissions
from app.domain.roles.commands import CreateRole, DeleteRole, GrantRole, RevokeRole, SetRoleRights
from app.domain.roles.effective import EffectiveAccess, effective_access
from app.domain.roles.rules import BASELINE, PRESETS, grant_id, preset_id
from app.domain.shares.commands import ShareRecord, UnshareRecord
from app.domain.shares.queries import shared_with_me, shares
from app.domain.shares.rules import share_id
from app.domain.tasks.commands import CreateTask
from app.domain.teams.commands import AddTeamMember, RemoveTeamMember
from app.domain.territories.commands import (
    AddTerritoryMember,
    CreateTerritory,
    DeleteTerritory,
    MoveTerritory,
    PlaceRecord,
    TakeOutRecord,
)
from app.domain.users.commands import EditUser, SetUserState
from app.kernel.errors import BadValue, FieldNotAllowed, NotAllowed, NotHere
from app.kernel.ids import new_id
from app.kernel.permissions import SPECIAL
from app.kernel.record import KINDS, guardable_of, noun_of
from app.kernel.restore import Restore
from app.kernel.undo import Undo
from tests.domain.conftest import House

AGENT = next(dict(preset.rights) for preset in PRESETS if preset.key == "agent")


def give(house: House, rights: dict[str, str], fields: dict[str, str] | None = None) -> None:
    """What agents may, from now on."""
    house.do(SetRoleRights(role_id=preset_id(house.tenant_id, "agent"), rights=rights, fields=fields), "administrator")


def sees(house: House, contact_id: UUID, by: str = "agent") -> bool:
    try:
        house.ask(lambda reader: contact(reader, contact_id), by)
    except NotHere:
        return False
    return True


@pytest.fixture
def theirs(house: House) -> UUID:
    """A person of the other team's, out of the agent's sight."""
    contact_id = new_id()
    house.do(CreateContact(contact_id=contact_id, name="Nora", team_id=house.teams["sales"]), "other")
    return contact_id


def test_a_manager_sees_what_those_below_own_and_a_move_counts_at_once(house: House, theirs: UUID) -> None:
    def below(person: str, manager: str | None) -> None:
        patch = {"manager_id": str(house.people[manager]) if manager else None}
        house.do(EditUser(user_id=house.people[person], patch=patch), "administrator")

    assert not sees(house, theirs)
    below("other", "supervisor")
    below("supervisor", "agent")
    assert sees(house, theirs), "however far below"
    house.do(EditContact(contact_id=theirs, patch={"is_vip": True}))
    below("other", None)
    assert not sees(house, theirs)
    below("other", "agent")
    with pytest.raises(BadValue, match="circle"):
        below("agent", "other")


def test_a_territory_is_seen_with_all_below_it_by_who_looks_after_it(house: House, theirs: UUID) -> None:
    emea, alps, apac = new_id(), new_id(), new_id()
    house.do(CreateTerritory(territory_id=emea, name="EMEA"), "administrator")
    house.do(CreateTerritory(territory_id=alps, name="Alps", above_id=emea), "administrator")
    house.do(CreateTerritory(territory_id=apac, name="APAC"), "administrator")
    house.do(AddTerritoryMember(territory_id=emea, user_id=house.people["agent"]), "administrator")
    house.do(PlaceRecord(territory_id=alps, record_kind="contact", record_id=theirs), "other")
    assert sees(house, theirs)
    house.do(MoveTerritory(territory_id=alps, above_id=apac), "administrator")
    assert not sees(house, theirs), "what is below moves along"
    with pytest.raises(BadValue, match="circle"):
        house.do(MoveTerritory(territory_id=apac, above_id=alps), "administrator")
    house.do(MoveTerritory(territory_id=alps, above_id=emea), "administrator")
    house.do(TakeOutRecord(territory_id=alps, record_kind="contact", record_id=theirs), "other")
    assert not sees(house, theirs)
    house.do(PlaceRecord(territory_id=alps, record_kind="contact", record_id=theirs), "other")
    house.do(DeleteTerritory(territory_id=alps), "administrator")
    assert not sees(house, theirs), "nobody looks after a territory that is gone"


def test_a_share_shows_a_record_to_one_or_to_a_team_until_it_is_taken_back(house: House, theirs: UUID) -> None:
    house.do(ShareRecord(record_kind="contact", record_id=theirs, user_id=house.people["agent"]), "other")
    assert sees(house, theirs)
    with pytest.raises(NotAllowed):
        house.do(EditContact(contact_id=theirs, patch={"is_vip": True}))
    with pytest.raises(NotAllowed):
        house.do(ShareRecord(record_kind="contact", record_id=theirs, user_id=house.people["supervisor"]))
    [told] = house.ask(shared_with_me)
    assert (told.record_id, told.may_edit) == (theirs, False)
    again = ShareRecord(record_kind="contact", record_id=theirs, user_id=house.people["agent"], may_edit=True)
    house.do(again, "other")
    house.do(EditContact(contact_id=theirs, patch={"is_vip": True}))
    house.do(ShareRecord(record_kind="contact", record_id=theirs, team_id=house.teams["care"]), "other")
    assert len(house.ask(lambda reader: shares(reader, theirs))) == 2
    house.do(UnshareRecord(share_id=told.id), "other")
    assert sees(house, theirs), "by the team still"
    house.do(RemoveTeamMember(team_id=house.teams["care"], user_id=house.people["agent"]), "administrator")
    assert not sees(house, theirs)
    house.do(AddTeamMember(team_id=house.teams["care"], user_id=house.people["agent"]), "administrator")
    give(house, AGENT | {"contact:read": "own", "contact:edit": "own"})
    assert sees(house, theirs), "what is shared with one's team is one's own"
    with pytest.raises(BadValue):
        house.do(ShareRecord(record_kind="contact", record_id=theirs), "other")
    with pytest.raises(BadValue):
        house.do(ShareRecord(record_kind="user", record_id=house.people["agent"], user_id=house.people["agent"]), "other")


def test_who_lost_a_share_brings_neither_it_nor_anothers_back(house: House, theirs: UUID) -> None:
    def share_with(person: str, by: str) -> None:
        house.do(ShareRecord(record_kind="contact", record_id=theirs, user_id=house.people[person], may_edit=True), by)

    share_with("agent", "other")
    share_with("supervisor", "agent")
    give(house, AGENT)
    mine, supervisors = (share_id(theirs, house.people[each]) for each in ("agent", "supervisor"))
    taken = new_id()
    house.do(UnshareRecord(share_id=supervisors), "agent", taken)
    house.do(UnshareRecord(share_id=mine), "other")
    house.do(ShareRecord(record_kind="contact", record_id=theirs, team_id=house.teams["sales"]), "other")
    for each in (mine, supervisors):
        with pytest.raises(BadValue):
            house.do(Restore(kind="share", record_id=each))
    with pytest.raises(NotHere):
        house.do(Undo(command_id=taken))
    assert not sees(house, theirs)
    share_with("agent", "other")
    house.do(UnshareRecord(share_id=mine), "agent")
    assert not sees(house, theirs), "one may go by oneself"


def test_the_name_of_what_is_out_of_sight_is_in_nobody_elses_row(house: House, theirs: UUID) -> None:
    firm, talk, mine = new_id(), new_id(), new_id()
    house.do(CreateAccount(account_id=firm, name="Hidden Ltd", team_id=house.teams["sales"]), "other")
    house.do(CreateContact(contact_id=mine, name="Mia", account_id=firm))
    house.do(StartConversation(conversation_id=talk, channel="email", address="n@x.example", contact_id=theirs))
    assert house.ask(lambda reader: contact(reader, mine)).account_name is None
    [row] = house.ask(contacts).rows
    assert (row.id, row.account_name) == (mine, None)
    assert house.ask(lambda reader: conversation(reader, talk)).contact_name is None
    assert house.ask(lambda reader: conversation(reader, talk), "supervisor").contact_name == "Nora"


def test_a_right_over_ones_own_is_one_over_nothing_else(house: House, theirs: UUID) -> None:
    mine = house.contact()
    colleagues = new_id()
    house.do(CreateContact(contact_id=colleagues, name="Colleague's"), "supervisor")
    give(house, AGENT | {"contact:delete": "own", "task:create": "own"})
    with pytest.raises(NotAllowed):
        house.do(DeleteContact(contact_id=colleagues))
    with pytest.raises(NotHere):
        house.do(DeleteContact(contact_id=theirs))
    house.do(DeleteContact(contact_id=mine))
    with pytest.raises(NotAllowed):
        house.do(CreateTask(task_id=new_id(), title="x", owner_id=house.people["other"]))
    house.do(CreateTask(task_id=new_id(), title="x"))


def test_what_is_read_at_no_level_is_nowhere(house: House) -> None:
    known = house.contact()
    house.do(AddNote(note_id=new_id(), text="n", contact_id=known))
    give(house, AGENT | {"contact:*": "none", "contact:assign": "none", "call:*": "none"})
    assert not sees(house, known)
    assert house.ask(calls).rows == []
    with pytest.raises(NotHere):
        house.do(AddNote(note_id=new_id(), text="n", contact_id=known))


def test_nobody_moves_a_record_without_the_right_to_assign_it(house: House) -> None:
    firm, talk = new_id(), new_id()
    house.do(CreateAccount(account_id=firm, name="Lamps"))
    house.do(StartConversation(conversation_id=talk, channel="email", address="x@x.example"), "supervisor")
    give(house, {right: level for right, level in AGENT.items() if not right.endswith(":assign")})
    with pytest.raises(NotAllowed) as refused:
        house.do(EditAccount(account_id=firm, patch={"owner_id": str(house.people["other"])}))
    assert refused.value.values == {"permission": "account:assign"}
    house.do(EditAccount(account_id=firm, patch={"domain": "lamps.example"}))
    assert house.ask(lambda reader: account(reader, firm)).domain == "lamps.example"
    with pytest.raises(NotAllowed):
        house.do(AssignContact(contact_id=house.contact(), owner_id=None, team_id=None))


def test_who_answers_what_is_nobodys_takes_it(house: House) -> None:
    talk = new_id()
    house.do(StartConversation(conversation_id=talk, channel="email", address="x@x.example"), "system")
    give(house, {right: level for right, level in AGENT.items() if not right.endswith(":assign")})
    house.do(Reply(conversation_id=talk, message_id=new_id(), text="Hello"))


@pytest.mark.parametrize("right", [each for each in permissions() if each.endswith(tuple(f":{verb}" for verb in SPECIAL))])
def test_all_of_a_noun_is_not_its_special_rights(house: House, right: str) -> None:
    noun = right.partition(":")[0]
    give(house, {f"{noun}:*": "all"})
    assert not house.authority.actor(house.people["agent"]).may(right)
    give(house, {f"{noun}:*": "all", right: "own"})
    actor = house.authority.actor(house.people["agent"])
    assert [each for each in SPECIAL if actor.may(f"{noun}:{each}")] == [right.partition(":")[2]]


@pytest.mark.parametrize("right", ["task:lock", "account:erase", "call:monitor", "territory:assign", "audit:edit"])
def test_a_right_that_nothing_asks_for_cannot_be_given(house: House, right: str) -> None:
    with pytest.raises(BadValue) as refused:
        give(house, AGENT | {right: "all"})
    assert refused.value.values["value"] == right


def test_what_every_workspace_begins_with_can_all_be_given() -> None:
    for preset in PRESETS:
        check_rights(preset.rights)
        check_fields(preset.fields)


def test_a_state_is_forced_on_others_only_with_that_right(house: House) -> None:
    house.do(SetUserState(user_id=house.people["agent"], state="away"))
    with pytest.raises(NotAllowed) as refused:
        house.do(SetUserState(user_id=house.people["other"], state="away"))
    assert refused.value.values == {"permission": "user:force"}
    house.do(SetUserState(user_id=house.people["other"], state="away"), "supervisor")


def test_a_guarded_field_is_refused_even_when_it_would_not_change(house: House) -> None:
    known = house.contact(job_title="Pilot")
    give(house, AGENT, {"contact.job_title": "hidden"})
    for guess in ("Pilot", "Baker"):
        with pytest.raises(FieldNotAllowed):
            house.do(EditContact(contact_id=known, patch={"job_title": guess}))
    with pytest.raises(FieldNotAllowed):
        house.contact(job_title="Pilot")
    house.contact()
    assert house.ask(lambda reader: contact(reader, known)).job_title is None
    assert [row.job_title for row in house.ask(contacts).rows] == [None, None]


def test_nobody_gives_or_takes_more_than_they_have(house: House) -> None:
    tenant, agent = house.tenant_id, house.people["agent"]
    lead = {"role:create": "all", "role:edit": "all", "role:grant": "all", "role:delete": "all"}
    give(house, AGENT | lead)
    for command in (
        GrantRole(role_id=preset_id(tenant, "administrator"), user_id=agent),
        RevokeRole(role_id=preset_id(tenant, "administrator"), user_id=house.people["administrator"]),
        SetRoleRights(role_id=preset_id(tenant, "agent"), rights={"*": "all"}),
        SetRoleRights(role_id=preset_id(tenant, "administrator"), rights={}),
        DeleteRole(role_id=preset_id(tenant, "supervisor")),
        CreateRole(role_id=new_id(), key="k", name="K", rights={"contact:read": "all"}),
    ):
        with pytest.raises(NotAllowed):
            house.do(command)
    house.do(CreateRole(role_id=new_id(), key="k", name="K", rights={"contact:read": "own"}))


def test_a_grant_that_was_taken_is_not_brought_back_past_the_right_to_grant(house: House) -> None:
    tenant, agent = house.tenant_id, house.people["agent"]
    administrator = preset_id(tenant, "administrator")
    house.do(GrantRole(role_id=administrator, user_id=agent), "administrator")
    house.do(RevokeRole(role_id=administrator, user_id=agent), "administrator")
    give(house, AGENT | {"role:delete": "all"})
    with pytest.raises(BadValue):
        house.do(Restore(kind="role_grant", record_id=grant_id(agent, administrator)))


def test_everybody_has_the_role_of_everybody(house: House) -> None:
    everybody = preset_id(house.tenant_id, BASELINE)
    for command in (
        GrantRole(role_id=everybody, user_id=house.people["agent"]), DeleteRole(role_id=everybody),
        CreateRole(role_id=new_id(), key=BASELINE, name="B", rights={}),
    ):  # fmt: skip
        with pytest.raises(BadValue):
            house.do(command, "administrator")
    house.do(RevokeRole(role_id=preset_id(house.tenant_id, "agent"), user_id=house.people["agent"]), "administrator")
    actor = house.authority.actor(house.people["agent"])
    assert (actor.may("user:read"), actor.may("contact:read")) == (True, False)


@pytest.mark.parametrize(
    ("rights", "fields"),
    [
        ({"lamp:read": "all"}, {}), ({"contact:read": "some"}, {}), ({}, {"contact.owner_id": "hidden"}),
        ({}, {"contact.lamp": "hidden"}), ({}, {"contact.name": "secret"}), ({}, {"role.rights": "hidden"}),
    ],
)  # fmt: skip
def test_a_role_of_words_that_mean_nothing_is_refused(house: House, rights: dict[str, str], fields: dict[str, str]) -> None:
    with pytest.raises(BadValue):
        house.do(CreateRole(role_id=new_id(), key="k", name="K", rights=rights, fields=fields), "administrator")


def effective(house: House, person: str) -> EffectiveAccess:
    return house.ask(lambda reader: effective_access(reader, house.people[person]))


def test_effective_access_says_how_far_by_which_role_and_whose(house: House, theirs: UUID) -> None:
    emea, reader_role = new_id(), new_id()
    house.do(CreateTerritory(territory_id=emea, name="EMEA"), "administrator")
    house.do(AddTerritoryMember(territory_id=emea, user_id=house.people["agent"]), "administrator")
    house.do(EditUser(user_id=house.people["other"], patch={"manager_id": str(house.people["agent"])}), "administrator")
    house.do(ShareRecord(record_kind="contact", record_id=theirs, team_id=house.teams["care"]), "other")
    give(house, AGENT, {"contact.job_title": "hidden", "contact.name": "read_only"})
    told = effective(house, "agent")
    rights = {(each.noun, each.verb): (each.level, each.roles) for each in told.rights}
    assert told.roles == ["Everybody", "Agent"]
    assert rights["contact", "read"] == ("team", ["Agent"])
    assert rights["user", "read"] == ("all", ["Everybody"])
    assert rights["user", "force"] == ("none", [])
    assert {(each.kind, each.field, each.state) for each in told.fields} == {
        ("contact", "job_title", "hidden"), ("contact", "name", "read_only"),
    }  # fmt: skip
    assert [each.text for each in told.reach] == [
        "Their own records", "Records that are shared with them or with their teams: 1", "Records of everybody in Velora",
        "Records of the team care", "Records of Other, who is below them", "Records in the territory EMEA",
    ]  # fmt: skip
    house.do(CreateRole(role_id=reader_role, key="r", name="Reader", rights={"contact:read": "all"}), "administrator")
    house.do(GrantRole(role_id=reader_role, user_id=house.people["agent"]), "administrator")
    rights = {(each.noun, each.verb): (each.level, each.roles) for each in effective(house, "agent").rights}
    assert rights["contact", "read"] == ("all", ["Reader"])


def test_who_is_not_active_has_nothing(house: House) -> None:
    house.do(EditUser(user_id=house.people["other"], patch={"is_active": False}), "administrator")
    told = effective(house, "other")
    assert (told.roles, told.reach, {each.level for each in told.rights}) == ([], [], {"none"})


def test_every_kind_is_governed_by_a_noun_and_every_guardable_field_has_an_empty_form() -> None:
    ours = {kind for kind, record in KINDS.items() if record.__module__.startswith("app.")}
    known = {permission.partition(":")[0] for permission in permissions()}
    assert {noun_of(kind) for kind in ours} <= known
    assert set(guardable_fields()) >= {"contact.pinned_note", "message.text", "contact_identity.label"}
    for kind in ours:
        for name in guardable_of(kind):
            column = KINDS[kind].__table__.columns[name]
            assert column.nullable or column.type.python_type in {str, int, bool, dict, tuple[str, ...]}, f"{kind}.{name}"
