"""`doctor`: looks at everything the server stands on and says in plain words what is wrong."""

import asyncio
import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TextIO

from app.kernel.errors import PatchbayError
from server.database.checks import Finding, check_database, check_tenant
from server.database.inboxes import InboxSettings, inboxes
from server.database.place import Place
from server.database.store import Stores
from server.database.vault import VARIABLE, is_private, open_vault

LEAST_FREE_MB = 500
CONNECT_TIMEOUT_S = 5.0


async def examine(place: Place, out: TextIO) -> int:
    """Print a line for each thing looked at; 1 when something is wrong."""
    findings = [*check_database(place), *_check_key(place), *_check_disk(place)]
    if all(finding.is_good for finding in findings):
        findings += await _check_workspaces(place)
    out.writelines(f"{'ok   ' if finding.is_good else 'WRONG'}  {finding.text}\n" for finding in findings)
    return 0 if all(finding.is_good for finding in findings) else 1


def _check_key(place: Place) -> Iterator[Finding]:
    if VARIABLE not in os.environ and not place.key_file.exists():
        yield Finding(is_good=False, text=f"There is no secret key at {place.key_file}. Run init, or restore it from a backup.")
        return
    try:
        open_vault(place.key_file)
    except PatchbayError as error:
        yield Finding(is_good=False, text=str(error))
        return
    if VARIABLE in os.environ:
        yield Finding(is_good=True, text=f"The secret key comes from {VARIABLE}.")
    elif is_private(place.key_file):
        yield Finding(is_good=True, text="The secret key can be read by its owner only.")
    else:
        yield Finding(is_good=False, text=f"Others can read the secret key. Run: chmod 600 {place.key_file}")


def _check_disk(place: Place) -> Iterator[Finding]:
    folder = next(each for each in (place.folder, *place.folder.parents) if each.exists())
    free_mb = shutil.disk_usage(folder).free // 1_000_000
    enough = free_mb >= LEAST_FREE_MB
    more = "" if enough else f" Make room: below {LEAST_FREE_MB} MB mail and recordings may not be kept."
    yield Finding(is_good=enough, text=f"{free_mb} MB are free in {folder}.{more}")


async def _check_workspaces(place: Place) -> list[Finding]:
    findings, doors = list[Finding](), list[_Door]()
    with contextlib.closing(Stores(place)) as stores:
        for tenant in stores.directory.all():
            store = stores.of(tenant.id)
            found = await store.look(partial(inboxes, tenant_id=store.tenant_id))
            doors += [
                _Door(inbox=inbox.name, kind=kind, host=host, port=port) for inbox in found for kind, host, port in _doors(inbox)
            ]
            findings += await store.look(partial(check_tenant, tenant=tenant))
    return [*[await _knock(door) for door in doors], *findings]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Door:
    inbox: str
    kind: str
    host: str
    port: int


def _doors(inbox: InboxSettings) -> tuple[tuple[str, str, int], ...]:
    return (("IMAP", inbox.imap_host, inbox.imap_port), ("SMTP", inbox.smtp_host, inbox.smtp_port))


async def _knock(door: _Door) -> Finding:
    where = f"{door.inbox}: the {door.kind} server at {door.host}:{door.port}"
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            _reader, writer = await asyncio.open_connection(door.host, door.port)
            writer.close()
            await writer.wait_closed()
    except TimeoutError:
        return Finding(is_good=False, text=f"{where} does not answer. Is a firewall between?")
    except OSError as error:
        return Finding(is_good=False, text=f"{where} cannot be reached: {error.strerror or error}.")
    return Finding(is_good=True, text=f"{where} can be reached.")
