"""Watches the statements that a test really executes: each names the tenant for every table of tenants' that it touches.

So rows of one tenant can live on one shard (Citus, distributed by tenant_id), and no statement needs another's.
"""

import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from server.database.migrate import TENANT, tables_of

HERE = Path(__file__)
ROOT = HERE.parents[2]
TABLES = frozenset(tables_of(TENANT))
NAME = r'"?(\w+)"?(?:\s+AS\s+"?(\w+)"?)?'
PLACE = re.compile(rf"\b(FROM|JOIN|INTO|(?<!FOR )(?<!DO )UPDATE)\s+{NAME}", re.IGNORECASE)
NEXT = re.compile(rf"\s*,\s*{NAME}", re.IGNORECASE)
INSERTED = re.compile(r'INSERT (?:OR FAIL )?INTO\s+"?(\w+)"?\s*\(([^)]*)\)', re.IGNORECASE)


def touched(statement: str) -> set[tuple[str, str]]:
    """The tenants' tables in a statement, each with the name that it goes by there."""
    found: set[tuple[str, str]] = set()
    for match in PLACE.finditer(statement):
        table, alias, end = match[2], match[3], match.end()
        found.add((table, alias or table))
        while match[1].upper() == "FROM" and (more := NEXT.match(statement, end)):
            found.add((more[1], more[2] or more[1]))
            end = more.end()
    return {(table, alias) for table, alias in found if table in TABLES}


@cache
def loose(statement: str, dialect: str = "postgresql") -> tuple[str, ...]:
    """The tables that the statement does not tie to a tenant. (Search on SQLite has tables of a tenant's own file.)"""
    inserted = {match[1].lower(): match[2] for match in INSERTED.finditer(statement)}
    found, places = list[str](), touched(statement)
    for table, alias in sorted(places):
        if dialect == "sqlite" and table in TENANT.more:
            continue
        own = "id" if table == "tenant" else "tenant_id"
        if table in inserted and alias == table:
            is_tied = own in [column.strip(' "') for column in inserted[table].split(",")]
        else:
            plain = rf"|\bWHERE {own} = " if len(places) == 1 else ""
            is_tied = re.search(rf'"?\b{alias}\b"?\.{own} = |= "?\b{alias}\b"?\.{own}\b{plain}', statement) is not None
        if not is_tied:
            found.append(table)
    return tuple(found)


def _is_the_servers() -> bool:
    """Whether the server asked in its work: a test may look across tenants, and the owner's revisions change all of them."""
    frame, ours = sys._getframe(), list[Path]()
    while (above := frame.f_back) is not None:
        frame, place = above, Path(above.f_code.co_filename)
        if place.is_relative_to(ROOT) and place != HERE and ".venv" not in place.parts:
            ours.append(place.relative_to(ROOT))
    is_owners = any("migrations" in place.parts or place.name in {"migrate.py", "security.py"} for place in ours)
    return bool(ours) and ours[0].parts[0] in {"server", "app"} and not is_owners


class StatementWatch:
    """Keeps the statements that leave a tenant open, and counts all that touched one."""

    def __init__(self) -> None:
        self.loose: set[str] = set()
        self.tied: set[str] = set()

    def look(self, connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        """SQLAlchemy calls this with each statement, as the driver gets it."""
        if loose(statement, connection.dialect.name):
            if _is_the_servers():
                self.loose.add(statement)
        elif touched(statement):
            self.tied.add(statement)
