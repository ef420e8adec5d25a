"""What is not on the device can be asked for, pinned, and its size known before and after it comes."""

from pathlib import Path

import pytest

from app.desk.elsewhere import Elsewhere
from app.domain.accounts.commands import CreateAccount
from app.domain.contacts.commands import CreateContact
from app.domain.scopes.commands import PinRecord, SetDeviceScope
from app.kernel.errors import NeedsServer, NotHere
from app.kernel.ids import new_id
from app.protocol.ondemand import Rules
from tests.sync.service import console, same_as_server, service, until
from tests.sync.world import TEAMS
from ui.features.away.viewmodel import READS


async def test_a_record_that_is_not_here_is_fetched_to_be_looked_at_and_pinned_to_stay(tmp_path: Path) -> None:
    async with service(tmp_path) as served, console(1, tmp_path, served.url) as bob:
        shared, hidden = new_id(), new_id()
        served.order(CreateContact(contact_id=shared, name="Shared", phones=("+4930123456",), team_id=TEAMS[0]))
        served.order(CreateContact(contact_id=hidden, name="Hidden", team_id=TEAMS[1]))
        await until(lambda: shared in bob.rows("contact"))
        await bob.replica.run(SetDeviceScope(device="desk1", groups=[]))
        await until(lambda: shared not in bob.rows("contact"))
        blocks = await bob.syncer.fetch("contact", shared)
        assert {block.kind: len(block.rows) for block in blocks} == {"contact": 1, "contact_identity": 1}
        assert "Shared" in blocks[0].rows[0]
        assert shared not in bob.rows("contact"), "it was only looked at"
        for kind, record_id in (("contact", hidden), ("contact", new_id()), ("contact_identity", shared), ("no_such", shared)):
            with pytest.raises(NotHere):
                await bob.syncer.fetch(kind, record_id)
        await bob.replica.run(PinRecord(kind="contact", record_id=shared))
        await until(lambda: shared in bob.rows("contact"))
        await until(lambda: same_as_server(served, bob))
        await served.stop()
        with pytest.raises(NeedsServer):
            await bob.syncer.fetch("contact", shared)


async def test_how_much_it_will_be_is_known_before_and_true_after(tmp_path: Path) -> None:
    async with service(tmp_path) as served, console(1, tmp_path, served.url) as bob:
        for number in range(30):
            served.order(CreateContact(contact_id=new_id(), name=f"Contact {number}", team_id=TEAMS[number % 2 * 2]))
        await bob.is_live()
        await until(lambda: len(bob.rows("contact")) == 30)
        everything = await bob.syncer.size_under(Rules())
        less = await bob.syncer.size_under(Rules(groups=[TEAMS[0]]))
        assert (everything.kinds["contact"].rows, less.kinds["contact"].rows) == (30, 15)
        assert 0 < less.size_bytes < everything.size_bytes
        here = await bob.replica.size()
        assert here.kinds["contact"] == everything.kinds["contact"]
        await bob.replica.run(SetDeviceScope(device="desk1", groups=[TEAMS[0]]))
        await until(lambda: len(bob.rows("contact")) == 15)
        assert (await bob.replica.size()).kinds["contact"].rows == less.kinds["contact"].rows


async def test_a_record_that_only_the_server_has_is_read_as_if_it_were_here(tmp_path: Path) -> None:
    async with service(tmp_path) as served, console(1, tmp_path, served.url) as bob:
        shared, firm = new_id(), new_id()
        served.order(CreateAccount(account_id=firm, name="Velora", team_id=TEAMS[0]))
        served.order(CreateContact(contact_id=shared, name="Shared", phones=("+4930123456",), account_id=firm, team_id=TEAMS[0]))
        await until(lambda: shared in bob.rows("contact"))
        await bob.replica.run(SetDeviceScope(device="desk1", groups=[]))
        await until(lambda: shared not in bob.rows("contact"))
        elsewhere = Elsewhere(bob.replica, bob.syncer)
        assert await elsewhere.not_here([("contact", shared), ("account", firm)]) == {shared, firm}
        read, needs = READS["contact"]
        found = await elsewhere.look(
            "contact", shared, lambda reader: read(reader, shared), needs=lambda reader: needs(reader, shared)
        )
        assert (found.title, found.under) == ("Shared", "Velora")
        assert ("Phone number", "+49 30 123456") in found.facts or any("30" in value for _, value in found.facts)
        assert shared not in bob.rows("contact")
        with pytest.raises(NotHere):
            await elsewhere.look("contact", new_id(), lambda _: None)
