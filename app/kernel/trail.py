"""The chain of the audit: each row's hash covers its content and the hash before, so none is changed, lost or moved unseen."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from app.kernel.command import Issued

NO_HASH = bytes(32)  # what the first row of a tenant is linked to
# What a hash covers, beside the hash before; in this order, in the form in which both databases give it back.
COVERED = (
    "tenant_id", "kind", "record_id", "version", "operation", "verb", "command_id", "device", "address", "actor_id", "acted_us",
    "applied_us", "fields", "content",
)  # fmt: skip
COLUMNS = (*COVERED, "seq", "previous", "hash")
_encode = msgspec.msgpack.Encoder(uuid_format="bytes").encode


class Head(NamedTuple):
    """The last row of a tenant's audit."""

    seq: int = 0
    hash: bytes = NO_HASH


class Origin(NamedTuple):
    """Where commands came in, when they were applied, and which device had signed in (none: what the commands say)."""

    address: str = ""
    applied_us: int = 0
    device: str = ""


def digest(previous: bytes, covered: tuple[Any, ...]) -> bytes:
    """The hash of a row: of the values of `COVERED`, ids as ids or as bytes, behind the hash of the row before."""
    return sha256(previous + _encode(covered)).digest()


class Trail:
    """The rows that one transaction adds behind the last one; whoever holds it has the tenant's lock."""

    def __init__(self, tenant_id: UUID, head: Head, origin: Origin) -> None:
        self._seq, self._hash = self._begin, _ = head
        self._told: list[tuple[Any, ...]] = []  # not yet linked
        self.tenant_id, self.origin = tenant_id, origin

    def add(
        self, issued: Issued, version: int, *, kind: str, record_id: UUID, operation: str, fields: Mapping[str, Any],
        content: str | None = None,
    ) -> None:  # fmt: skip
        """A row of the audit. `fields` become the JSON text that is stored and hashed; they are left as they are meanwhile."""
        self._told.append((issued, version, kind, record_id, operation, fields, content, self.origin))

    def take(self) -> list[tuple[Any, ...]]:
        """The rows that were not taken yet, linked, in the order of `COLUMNS`, ids as bytes.

        All at once: one by one, among the rest of each command, the same work takes twice as long.
        """
        rows, tenant = [], self.tenant_id.bytes
        for issued, version, kind, record_id, operation, fields, content, origin in self._told:
            covered = (
                tenant, kind, record_id.bytes, version, operation, issued.name, issued.id.bytes, issued.device, origin.address,
                issued.actor_id.bytes, issued.acted_us, origin.applied_us, json_text(fields), content,
            )  # fmt: skip
            previous, self._seq = self._hash, self._seq + 1
            self._hash = digest(previous, covered)
            rows.append((*covered, self._seq, previous, self._hash))
        self._told = []
        return rows

    @property
    def head(self) -> Head:
        """The last row that was taken."""
        return Head(self._seq, self._hash)

    @property
    def has_grown(self) -> bool:
        """Whether there is a last row that the tenant does not remember yet."""
        return self._seq != self._begin

    def is_saved(self) -> None:
        """The last row is remembered."""
        self._begin = self._seq


def json_text(value: Mapping[str, Any]) -> str:
    """A value as the audit keeps it."""
    return _json.encode(value).decode()


def _plainer(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise NotImplementedError(type(value).__name__)


_json = msgspec.json.Encoder(enc_hook=_plainer)
