"""A console without windows as a process that gives one file to the server, or fetches one, and may be killed at any time.

`python -m tests.faults.file_process FOLDER URL DEVICE up|down`. Up: FOLDER/offer.bin, taken unless it waits already; down: what
FOLDER/wanted.json names. When it is done FOLDER/done holds the file's name in the folder of sealed files.
"""

import asyncio
import json
import sys
from pathlib import Path
from uuid import UUID

import app.domain.nouns  # noqa: F401 - so that every kind is known
from app.desk.files import Files, Wanted
from app.desk.outgoing import try_to_send
from app.desk.server_api import Tokens
from app.kernel.errors import PatchbayError
from app.replica.thread import ReplicaThread
from app.sync.errors import ServerAway, ServerTrouble
from app.sync.rest import Rest
from app.sync.server import ServerLink
from tests.faults.desk_process import KEY, REPLICA, TICKETS, FileTickets

OFFER, WANTED, DONE, SEALED = "offer.bin", "wanted.json", "done", "files"
MOST_BYTES = 100_000_000


async def run(folder: Path, url: str, device: str, way: str) -> None:
    """Until it is done."""
    said = json.loads((folder / TICKETS).read_text())
    tokens = Tokens(url, device, FileTickets(folder / TICKETS), "refresh_token")
    replica = await ReplicaThread.open(
        folder / REPLICA, KEY, tenant_id=UUID(said["tenant_id"]), actor_id=UUID(said["user_id"]), device=device
    )
    link = ServerLink(url, tokens.access, tokens.refresh)
    files = Files(folder / SEALED, KEY, Rest(link), replica)
    await files.outgoing.tidy()  # as at each start
    name = await (_give(files, folder / OFFER) if way == "up" else _fetch(files, folder / WANTED))
    await files.outgoing.tidy()
    (folder / DONE).write_text(name)
    await link.close()
    await replica.close()


async def _give(files: Files, offer: Path) -> str:
    if not await files.outgoing.waiting():
        await files.outgoing.take(offer, most_bytes=MOST_BYTES)
    while await files.outgoing.waiting():
        await try_to_send(files.outgoing)
    return ""


async def _fetch(files: Files, told: Path) -> str:
    said = json.loads(told.read_text())
    wanted = Wanted(attachment_id=UUID(said["id"]), name=said["name"], size_bytes=said["size_bytes"], sha256=said["sha256"])
    while True:
        try:
            return (await files.fetch(wanted)).name
        except (ServerAway, ServerTrouble):
            await asyncio.sleep(0.1)  # the person asks again


if __name__ == "__main__":
    try:
        asyncio.run(run(Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]))
    except PatchbayError as error:
        sys.exit(f"{error.key}: {error}")
