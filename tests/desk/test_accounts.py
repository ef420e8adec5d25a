"""Several phone accounts on the desk: kept in the profile, their passwords among the secrets, each with its own state."""

import json
from pathlib import Path

import pytest

from app.desk.accounts import PhoneAccounts, problems_of
from app.desk.keys import DeviceKeys
from app.desk.profile import FIRST, ProfileStore, SipAccount
from app.desk.secrets import MemorySecrets
from app.desk.sign_in import SIP_PASSWORD, SignIn
from app.desk.telephony import PhoneTrouble
from app.domain.calls.queries import agent_numbers, legs
from app.domain.calls.rules import call_id_of
from app.kernel.errors import BadValue
from softphone.api import CallRinging, Dial, PhoneLost, Register, RegistrationChanged, Unregister
from tests.demo.story import LUCA_NUMBER
from tests.desk.conftest import Work
from ui.features.calls.viewmodel import CallLine, CallsList

CARE = SipAccount(name="Care desk", user="2041", domain="pbx.halden.example")
FLEET = SipAccount(user="fleet", domain="trunk.example")


def signed(folder: Path) -> SignIn:
    sign_in = SignIn(ProfileStore(folder))
    sign_in.use(MemorySecrets())
    return sign_in


@pytest.fixture
def accounts(work: Work, tmp_path: Path) -> PhoneAccounts:
    return PhoneAccounts(signed(tmp_path / "home"), work.calls)


def registered(work: Work) -> list[tuple[str, str]]:
    return [(act.account.user, act.account.password) for act in work.phone.acts if isinstance(act, Register)]


def test_a_profile_with_one_line_is_read_as_the_first_account_and_its_password_goes_on_working(tmp_path: Path) -> None:
    old = {"user": "2041", "domain": "pbx.example", "proxy_host": "10.0.0.1", "proxy_port": 5070, "transport": "tls"}
    (tmp_path / "profile.json").write_text(json.dumps({"device": "console-1", "email": "a@x.example", "sip": old}))
    sign_in, secrets = SignIn(ProfileStore(tmp_path)), MemorySecrets()
    secrets.set(SIP_PASSWORD, "old secret")
    sign_in.use(secrets)
    account = sign_in.profile.accounts[0]
    assert (account.id, account.title, account.address, account.proxy_port) == (FIRST, "2041", "2041@pbx.example", 5070)
    assert sign_in.sip_password(account.id) == "old secret"
    sign_in.change(email="b@x.example")
    assert "sip" not in json.loads((tmp_path / "profile.json").read_text())
    assert ProfileStore(tmp_path).load().accounts == (account,)


def test_a_profile_without_a_line_has_no_account(tmp_path: Path) -> None:
    (tmp_path / "profile.json").write_text(json.dumps({"device": "console-1", "sip": {"user": "", "transport": "tcp"}}))
    assert ProfileStore(tmp_path).load().accounts == ()


async def test_each_account_has_its_password_and_erasing_the_keys_takes_all(
    work: Work, accounts: PhoneAccounts, tmp_path: Path
) -> None:
    first, second = await accounts.save(CARE, "one"), await accounts.save(FLEET, "two")
    assert registered(work) == [("2041", "one"), ("fleet", "two")]
    await accounts.save(second, "")
    assert registered(work)[-1] == ("fleet", "two")
    sign_in = SignIn(ProfileStore(tmp_path / "home"))
    assert [each.id for each in sign_in.profile.accounts] == [first.id, second.id]
    secrets = MemorySecrets()
    for each in (first, second):
        secrets.set(f"{SIP_PASSWORD}-{each.id}", "pw")
    sign_in.secrets, sign_in.keys = secrets, DeviceKeys(secrets)
    assert sign_in.sip_password(second.id) == "pw"
    sign_in.destroy_keys()
    assert [sign_in.sip_password(each.id) for each in (first, second)] == ["", ""]


async def test_at_the_start_every_account_is_signed_in_the_default_first(work: Work, accounts: PhoneAccounts) -> None:
    await accounts.save(CARE, "one")
    second = await accounts.save(FLEET, "two")
    accounts.make_default(second.id)
    work.phone.acts.clear()
    await accounts.sign_all_in()
    assert registered(work) == [("fleet", "two"), ("2041", "one")]
    work.phone.answers[Dial] = 7
    await work.calls.dial(LUCA_NUMBER)
    assert work.phone.acts[-1] == Dial(number=LUCA_NUMBER, account=second.id)


async def test_a_lost_phone_signs_all_in_again_and_tries_are_counted_until_one_goes_well(
    work: Work, accounts: PhoneAccounts
) -> None:
    first, second = await accounts.save(CARE, "one"), await accounts.save(FLEET, "two")
    for state in ("failed", "registering", "failed"):
        work.phone.say(RegistrationChanged(account=second.id, state=state, code=403))
    work.phone.say(RegistrationChanged(account=first.id, state="registered", renews_s=295.0))
    lines = work.calls.lines
    told: list[str] = []
    lines.all.subscribe(lambda _: told.append(lines.default.value.state))
    work.phone.say(RegistrationChanged(account=first.id, state="registering"))
    work.phone.say(RegistrationChanged(account=first.id, state="registered", renews_s=295.0))
    assert told[-2:] == ["registering", "registered"], "who hears of all of them finds the default as it is"
    assert [(each.state.state, each.tries) for each in lines.all.value] == [("registered", 0), ("failed", 2)]
    assert [each.account.id for each in lines.down] == [second.id]
    work.phone.say(PhoneLost(reason="signal 11"))
    assert [each.state.state for each in lines.all.value] == ["registering", "registering"]
    work.phone.say(RegistrationChanged(account=second.id, state="registered"))
    assert lines.all.value[1].tries == 0


async def test_a_call_names_its_account_where_there_are_several_and_the_log_holds_its_address(
    work: Work, accounts: PhoneAccounts
) -> None:
    await accounts.save(CARE, "one")
    second = await accounts.save(FLEET, "two")
    work.phone.say(
        CallRinging(
            call_id=1,
            account=second.id,
            sip_call_id="1@x",
            number=LUCA_NUMBER,
            name="",
            queue="Billing",
            line=1,
            invite_read_us=1,
        )
    )
    await work.until(lambda: bool(work.popped))
    assert (work.popped[0].account, work.popped[0].account_name) == (second.id, "fleet")
    with pytest.raises(PhoneTrouble, match="a call is on"):
        await accounts.remove(second.id)
    work.change("ended", code=487, reason="cancelled")
    await work.logged(lambda row: row.state == "ended")
    call_id = call_id_of(work.desk.tenant_id, "1@x")
    numbers = await work.desk.read(lambda reader: agent_numbers(reader, [call_id]))
    assert numbers == {call_id: "sip:fleet@trunk.example"}
    parties = await work.desk.read(lambda reader: legs(reader, call_id))
    assert {(each.role, each.number) for each in parties} == {("agent", "sip:fleet@trunk.example"), ("customer", LUCA_NUMBER)}
    log = CallsList(work.desk, work.calls.lines)
    row: CallLine = (await log.page(None)).rows[0]
    assert row.queue == "Billing · fleet"
    await accounts.remove(second.id)
    row = (await log.page(None)).rows[0]
    assert row.queue == "Billing", "with one account there is nothing to tell apart"
    log.close()


async def test_a_removed_account_is_forgotten_with_its_password_until_it_is_put_back(
    work: Work, accounts: PhoneAccounts, tmp_path: Path
) -> None:
    first, second = await accounts.save(CARE, "one"), await accounts.save(FLEET, "two")
    removed = await accounts.remove(first.id)
    assert work.phone.acts[-1] == Unregister(account=first.id)
    assert [each.account.id for each in work.calls.lines.all.value] == [second.id]
    await accounts.restore(removed)
    assert [each.id for each in accounts.known] == [first.id, second.id]
    assert registered(work)[-1] == ("2041", "one")


async def test_a_fifth_account_is_refused(accounts: PhoneAccounts) -> None:
    for user in ("1", "2", "3", "4"):
        await accounts.save(SipAccount(user=user, domain="pbx.example"))
    with pytest.raises(BadValue) as refused:
        await accounts.save(SipAccount(user="5", domain="pbx.example"))
    assert "Four is the most" in str(refused.value.values["hint"])
    assert len(accounts.known) == 4


@pytest.mark.parametrize(
    ("account", "fields"),
    [
        (CARE, set()),
        (SipAccount(user="", domain=""), {"user", "domain"}),
        (SipAccount(user="a b", domain="sip:pbx"), {"user", "domain"}),
        (SipAccount(user="2", domain="[2001:db8::1]"), set()),
        (SipAccount(user="2", domain="pbx.example", proxy_host="pbx example", proxy_port=0), {"proxy_host", "proxy_port"}),
        (SipAccount(user="2", domain="pbx.example", proxy_port=70000), {"proxy_port"}),
        (SipAccount(name="x" * 41, user="2", domain="pbx.example"), {"name"}),
        (SipAccount(name="FLEET", user="2", domain="pbx.example"), {"name"}),
        (SipAccount(user="Fleet", domain="TRUNK.example"), {"user"}),
    ],
)
def test_what_is_wrong_is_said_by_field(account: SipAccount, fields: set[str]) -> None:
    known = [SipAccount(id="f", user="fleet", domain="trunk.example")]
    assert set(problems_of(account, known)) == fields
