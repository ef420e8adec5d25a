"""What follows when a person was erased: the audit, raw mails, files, answers and jobs lose what they hold of them."""

import contextlib
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from app.domain.contacts.erasing import EraseContact
from app.kernel.erasing import ErasedPerson
from app.kernel.permissions import system_actor
from server.database import erasing
from server.database.dropping import drop_files
from server.database.founding import DEVICE
from server.database.jobs import Job, TryLater
from server.database.ledger import Entry
from server.database.rewriting import rewrite
from server.database.store import TenantStore

AGAIN_S = 60.0
ERASED = "contact.erased"


async def contact_erased(store: TenantStore, job: Job) -> None:
    """The effect "contact.erased"; every step may be done again. Its payload goes last, so that it can be."""
    if "words" in job.payload:
        await _erase(store, job)
        await store.change(lambda each: erasing.forget_words(each, store.tenant_id, job.id))
    if not store.is_shared and not await store.write(lambda: rewrite(store.engine)):
        raise TryLater("somebody reads an older state of the file", AGAIN_S)


async def erase_again(store: TenantStore, job: Job) -> None:
    """The effect "contact.erase_again": a backup was restored that still knew somebody who was erased since."""
    command = EraseContact(contact_id=UUID(str(job.payload["contact_id"])))
    with contextlib.suppress(ErasedPerson):  # with somebody whom they were merged with
        await store.issue(command, system_actor(store.tenant_id).user_id, DEVICE)


async def _tell_ledger(store: TenantStore, persons: set[UUID]) -> None:
    now_us = store.now_us()
    for each in sorted(persons):
        await store.aside(partial(store.ledger.add, store.tenant_id, Entry(what="erased", id=each, at_us=now_us)))


async def _erase(store: TenantStore, job: Job) -> None:
    tenant_id, words = store.tenant_id, list(job.payload["words"])
    command_id, contact_id = UUID(str(job.payload["command_id"])), UUID(str(job.payload["contact_id"]))
    records = await store.look(lambda each: erasing.erased_records(each, tenant_id, command_id))
    await _tell_ledger(store, await store.look(lambda each: erasing.persons_among(each, tenant_id, records)))
    seqs = await store.look(lambda each: erasing.telling_rows(each, tenant_id, records, words))
    await store.change(lambda each: erasing.empty_answers(each, tenant_id, seqs, words))
    for start in range(0, len(seqs), erasing.ROWS_AT_ONCE):
        some = seqs[start : start + erasing.ROWS_AT_ONCE]
        await store.change(
            partial(erasing.empty_audit, tenant_id=tenant_id, seqs=some, contact_id=contact_id, now_us=store.now_us())
        )
    await store.change(lambda each: erasing.end_jobs(each, tenant_id, records, job.id))
    raw_ids = await _raw_mails(store, records, [*words, *job.payload["keys"]])
    hashes = {*job.payload["hashes"], *await store.change(lambda each: _empty_raw(each, store, job, raw_ids))}
    await drop_files(store, sorted(hashes))


def _empty_raw(connection: Any, store: TenantStore, job: Job, raw_ids: Sequence[UUID]) -> set[str]:
    hashes = erasing.empty_raw(connection, store.tenant_id, raw_ids)
    erasing.remember_files(connection, store.tenant_id, job.id, hashes)
    return hashes


async def _raw_mails(store: TenantStore, messages: set[UUID], words: Sequence[str]) -> list[UUID]:
    """Those that became one of the messages, and those of which nobody knows but that name the person."""
    found = await store.look(lambda each: erasing.raw_mails(each, store.tenant_id, messages))
    unread: Mapping[UUID, str] = await store.look(lambda each: erasing.unread_mails(each, store.tenant_id))
    said = [word.lower().encode() for word in words if "@" in word]
    for raw_id, sha256 in unread.items():
        if said and await _is_naming(store, sha256, said):
            found.append(raw_id)
    return found


async def _is_naming(store: TenantStore, sha256: str, said: Sequence[bytes]) -> bool:
    try:
        raw = (await store.aside(lambda: store.blobs.read(sha256))).lower()
    except FileNotFoundError:
        return False
    return any(each in raw for each in said)
