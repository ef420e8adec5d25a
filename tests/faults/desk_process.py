"""A console without windows as a process: acts at random, says what it promised, and is killed at any time.

`python -m tests.faults.desk_process FOLDER URL DEVICE`; the first tickets lie in FOLDER. While FOLDER/calm is there it rests,
and after `MOST` acts: a slow machine has no more to do.
"""

import asyncio
import json
import os
import random
import sys
from pathlib import Path
from uuid import UUID

import app.domain.nouns  # noqa: F401 - so that every kind is known
from app.desk.server_api import Tokens
from app.domain.contacts.commands import CreateContact, DeleteContact, EditContact
from app.domain.contacts.records import Contact
from app.domain.notes.commands import AddNote
from app.kernel.command import Command
from app.kernel.errors import PatchbayError, Refused
from app.kernel.ids import new_id
from app.kernel.reader import Reader
from app.replica.thread import ReplicaThread
from app.sync.syncer import Syncer

KEY = bytes(range(32))
REPLICA, TICKETS, PROMISES, CALM = "replica.db", "tickets.json", "promises.txt", "calm"
PAUSE_S = 0.02
MOST = 500


class FileTickets:
    """The tokens where a killed process finds them again; replaced whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, name: str) -> str | None:
        """The secret, or nothing."""
        value: str | None = json.loads(self._path.read_text()).get(name)
        return value

    def set(self, name: str, value: str) -> None:
        """Keep a secret."""
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps({**json.loads(self._path.read_text()), name: value}))
        new.replace(self._path)

    def delete(self, name: str) -> None:
        """Forget a secret."""
        self.set(name, "")


async def run(folder: Path, url: str, device: str) -> None:
    """Until it is killed."""
    said = json.loads((folder / TICKETS).read_text())
    tokens = Tokens(url, device, FileTickets(folder / TICKETS), "refresh_token")
    replica = await ReplicaThread.open(
        folder / REPLICA, KEY, tenant_id=UUID(said["tenant_id"]), actor_id=UUID(said["user_id"]), device=device
    )
    syncer = Syncer(replica, url, token=tokens.access, refresh=tokens.refresh)
    syncer.start()
    promises = os.open(folder / PROMISES, os.O_RDWR | os.O_APPEND | os.O_CREAT)
    done = len(os.read(promises, 1_000_000).splitlines())  # before it was killed
    while True:
        await asyncio.sleep(PAUSE_S)
        if (folder / CALM).exists() or done >= MOST:
            continue
        command, about = _any(await replica.read(_newest))
        try:
            issued = await replica.run(command)
        except Refused:
            continue
        done += 1
        os.write(promises, f"{issued.id.hex} {issued.name} {about.hex}\n".encode())


def _newest(reader: Reader) -> list[UUID]:
    """Of all consoles: that is where acts meet."""
    return [row.id for row in reader.all(reader.select(Contact, Contact.id).order_by(Contact.id.desc()).limit(10))]


def _any(known: list[UUID]) -> tuple[Command, UUID]:
    dice = random.random()
    if dice < 0.4 or not known:
        made = new_id()
        phone = f"+4930{random.randrange(10**11):011}"  # so many that no two of thousands are the same
        return CreateContact(contact_id=made, name=f"name{random.randrange(99)}", phones=(phone,)), made
    one = random.choice(known)
    if dice < 0.8:
        return EditContact(contact_id=one, patch={random.choice(("name", "job_title")): f"v{random.randrange(99)}"}), one
    if dice < 0.95:
        return AddNote(note_id=new_id(), contact_id=one, text=f"note {random.randrange(99)}"), one
    return DeleteContact(contact_id=one), one


if __name__ == "__main__":
    try:
        asyncio.run(run(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
    except PatchbayError as error:
        sys.exit(f"{error.key}: {error}")
