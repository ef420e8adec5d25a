"""Two contacts merged on one console while another goes on with the one that is gone: nothing is lost, and it can be parted."""

from pathlib import Path

from app.domain.contacts.commands import CreateContact, EditContact
from app.domain.contacts.merging import MergeContacts
from app.domain.notes.commands import AddNote
from app.kernel.errors import NotHere
from app.kernel.ids import new_id
from app.kernel.undo import Undo
from tests.sync.service import console, same_as_server, service, until


async def test_a_merge_made_offline_arrives_everywhere_and_is_undone_everywhere(tmp_path: Path) -> None:
    async with service(tmp_path) as served, console(0, tmp_path, served.url) as ann, console(1, tmp_path, served.url) as bob:
        kept, other, note = new_id(), new_id(), new_id()
        served.order(CreateContact(contact_id=kept, name="Luca", phones=("+4930123456",)))
        served.order(CreateContact(contact_id=other, name="L.", phones=("+4930123456", "+4930123457")))
        served.order(AddNote(note_id=note, text="Met", contact_id=other))
        await until(lambda: note in ann.rows("note") and note in bob.rows("note"))
        await served.stop()
        merged = await ann.replica.run(MergeContacts(contact_id=kept, other_id=other, take=("name",)))
        late = await bob.replica.run(EditContact(contact_id=other, patch={"job_title": "Buyer"}))
        await served.start()
        await until(lambda: same_as_server(served, ann) and same_as_server(served, bob) and ann.syncer.state.waiting == 0)

        async def settled() -> bool:
            return await bob.replica.count_waiting() == 0 and await ann.replica.count_waiting() == 0

        await until(settled)
        entries = {each.command_id: each for each in await bob.replica.outbox()}
        is_first = late.id not in entries  # Bob's edit was quicker: then the merge is refused, as it deletes unseen changes
        if is_first:
            (refused,) = [each for each in await ann.replica.outbox() if each.command_id == merged.id]
            assert refused.error == "changed_since"
            await ann.replica.run(MergeContacts(contact_id=kept, other_id=other, take=("name",)))
            await until(settled)
        else:
            assert entries[late.id].error == NotHere.key
        acts = [each for each in await ann.replica.acts(5) if each.name == "contact.merge" and each.state != "rejected"]
        await until(lambda: same_as_server(served, ann) and same_as_server(served, bob))
        await ann.replica.run(Undo(command_id=acts[0].command_id))
        await until(settled)
        await until(lambda: same_as_server(served, ann) and same_as_server(served, bob))
        assert {kept, other} <= set(bob.rows("contact"))
