"""Every table belongs to a tenant: nothing is found, kept apart or made unique without saying whose it is."""

import importlib
import pkgutil

import pytest
from sqlalchemy import MetaData, Table, UniqueConstraint

import app.domain
from app.kernel.record import KINDS, Base

TENANT = "tenant_id"
ITSELF = "tenant"  # the table of the tenants: its own id is the scope


def all_tables() -> MetaData:
    """The one schema of both databases, with every noun of the domain in it."""
    for module in pkgutil.walk_packages(app.domain.__path__, "app.domain."):
        importlib.import_module(module.name)
    return Base.metadata


TABLES = sorted((table for table in all_tables().tables.values() if table.name != ITSELF), key=lambda table: table.name)
RECORDS = sorted((name for name, kind in KINDS.items() if kind.__module__.startswith("app.")))


def unique_keys(table: Table) -> list[list[str]]:
    """The columns of everything that the database keeps unique."""
    constraints = [list(rule.columns.keys()) for rule in table.constraints if isinstance(rule, UniqueConstraint)]
    return constraints + [list(index.columns.keys()) for index in table.indexes if index.unique]


def test_there_are_tables_for_the_nouns() -> None:
    assert len(RECORDS) >= 10


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_a_tables_primary_key_starts_with_its_tenant(table: Table) -> None:
    assert next(iter(table.primary_key.columns)).name == TENANT


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_what_is_unique_is_unique_within_its_tenant(table: Table) -> None:
    assert [key for key in unique_keys(table) if TENANT not in key] == []


@pytest.mark.parametrize("table", TABLES, ids=str)
def test_every_index_can_be_searched_for_one_tenant(table: Table) -> None:
    plain = [index for index in table.indexes if index.columns.keys()[:1] != [TENANT]]
    assert [index.name for index in plain] == []


@pytest.mark.parametrize("kind", RECORDS)
def test_a_record_is_pulled_by_one_range_scan(kind: str) -> None:
    table = Base.metadata.tables[kind]
    assert [TENANT, "version"] in [index.columns.keys()[:2] for index in table.indexes]
    assert [column.name for column in table.primary_key.columns] == [TENANT, "id"]
