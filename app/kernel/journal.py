"""What a unit of work writes beside the records."""

from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert

from app.kernel.database import write_together, write_trail
from app.kernel.record import Base, Record, fields_of
from app.kernel.trail import Head, Origin, Trail, json_text


class Journal:
    """Rows of the kernel's own tables, written together at the end: many times cheaper than as objects of the session."""

    def __init__(self, trail: Trail | None = None) -> None:
        self.trail = trail or Trail(UUID(int=0), Head(), Origin())
        self._rows: dict[type[Base], list[dict[str, Any]]] = {}

    def add(self, table: type[Base], **row: Any) -> None:
        """Remember a row to be written."""
        self._rows.setdefault(table, []).append(row)

    def write(self, connection: Connection) -> None:
        """Write what is remembered, one statement a table; on PostgreSQL, where each has a way to go, one for all."""
        if connection.dialect.name == "postgresql":
            write_together(connection, self.trail, self._rows)
        else:
            write_trail(connection, self.trail)
            for table, rows in self._rows.items():
                connection.execute(insert(table.__table__), rows)
        self._rows.clear()


def content_of(record: Record) -> str:
    """All that a record held when it was deleted: kept until the audit's time is over, whatever becomes of the record."""
    return json_text({field: getattr(record, field) for field in fields_of(type(record))})
