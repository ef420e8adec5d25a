"""The migrations and the tables in the code say the same, on both databases; and the fence stands."""

import json
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection, Engine, column, create_engine, insert, select, text, update
from sqlalchemy import table as sqlalchemy_table
from sqlalchemy.exc import ProgrammingError

from app.domain.roles.records import Role
from app.domain.roles.rules import PRESETS, preset_id, stored
from app.kernel.columns import Frozen, Key
from app.kernel.database import force_row_security
from app.kernel.log import Audit, Tenant
from app.kernel.trail import Head
from app.kernel.watch import fence
from server.database.checks import check_tenant
from server.database.directory import TenantName
from server.database.engines import prepare
from server.database.migrate import DIRECTORY, TENANT, OldDatabase, Tree, differences, found_revision, tables_of, upgrade
from server.database.place import Place, UnknownDatabase, read_place
from server.database.security import unsecured
from server.database.store import Stores
from server.database.trail_check import Cut, last_cut, verify
from tests.server.world import Database, stores_of

FOUNDERS: Any = import_module("server.database.migrations.tenant.versions.0016_founders_rights")
GIVEN, FORMER = FOUNDERS.GIVEN, FOUNDERS.FORMER
RECORDING: Any = import_module("server.database.migrations.tenant.versions.0019_recording_rights")
LATER = {"bulk", "record", "listen"}  # verbs that founding gave later


@pytest.mark.parametrize("tree", [TENANT, DIRECTORY], ids=lambda tree: str(tree.name))
def test_migrations_lead_to_the_tables_in_the_code(place: Place, database: Database, tree: Tree) -> None:
    is_file = place.is_sqlite and tree is TENANT
    engine = create_engine(f"sqlite:///{place.tenant_file(database.people.acme)}" if is_file else place.url)
    with engine.begin() as connection:
        assert differences(connection, tree) == []
        assert found_revision(connection, tree) == tree.head != ""
        upgrade(connection, tree)  # nothing to do
        connection.execute(text(f'ALTER TABLE "{tables_of(tree)[0]}" ADD COLUMN planted INTEGER'))
        assert len(differences(connection, tree)) == 1
    engine.dispose()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_an_old_database_is_refused_with_the_way_out(place: Place) -> None:
    with psycopg.connect(place.url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("UPDATE tenant_version SET version_num = 'older'")
    with pytest.raises(OldDatabase, match="patchbay-server upgrade"):
        Stores(place)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_every_table_of_the_tenants_is_fenced_and_preparing_twice_changes_nothing(place: Place) -> None:
    prepare(place)
    engine = create_engine(place.url)
    with engine.connect() as connection:
        assert unsecured(connection) == []
        tables = connection.execute(text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relforcerowsecurity")).scalars()
        assert set(tables) == set(tables_of(TENANT))
    engine.dispose()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_the_server_owns_nothing_and_sees_one_tenant(place: Place, database: Database) -> None:
    with stores_of(place) as stores:
        acme = stores.of(database.people.acme)
        with acme.engine.connect() as connection, connection.begin():
            assert connection.execute(text("SELECT current_user")).scalar() == "patchbay_server"
            assert connection.execute(text("SELECT count(*) FROM tenant")).scalar() == 1
            seen = connection.execute(text('SELECT DISTINCT tenant_id FROM "user"')).scalars().all()
            assert seen == [database.people.acme]
            credentials = connection.execute(text("SELECT count(*) FROM credential")).scalar()
            assert credentials == 2
        with pytest.raises(ProgrammingError), acme.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE contact DISABLE ROW LEVEL SECURITY")


def empty_database(name: str, folder: Path, request: pytest.FixtureRequest, *, is_file: bool) -> Engine:
    """Without a single table."""
    if is_file:
        return create_engine(f"sqlite:///{folder}/{name}.db")
    owner_url: str = request.getfixturevalue("postgresql_url")
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    return create_engine(f"{owner_url.rpartition('/')[0]}/{name}".replace("postgresql://", "postgresql+psycopg://"))


def put_plainly(connection: Connection, into: str, **values: object) -> None:
    """A row of an older table, whatever the code says of it today."""
    words: dict[str, Any] = {name: Key for name, value in values.items() if isinstance(value, UUID)}
    words |= {name: Frozen for name, value in values.items() if isinstance(value, dict)}
    connection.execute(insert(sqlalchemy_table(into, *(column(each, words.get(each)) for each in values))).values(values))


@pytest.mark.parametrize("is_file", [True, False], ids=["sqlite", "postgresql"])
def test_everybodys_older_role_learns_to_choose_what_a_device_keeps(
    is_file: bool, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    engine, tenants = empty_database("rights", tmp_path, request, is_file=is_file), [uuid4() for _ in range(1 if is_file else 2)]
    chosen = {"scope:read": "own"}
    with engine.begin() as connection:
        upgrade(connection, TENANT, until="0011_scopes")
        for tenant in tenants:
            now = 0 if is_file else datetime(2026, 1, 1, tzinfo=UTC)
            put_plainly(connection, "tenant", id=tenant, slug=tenant.hex, name="A", change=7)
            for key, rights in (("baseline", {"user:read": "all"}), ("agent", {"call:*": "team"})):
                put_plainly(
                    connection, "role", tenant_id=tenant, id=uuid4(), version=5, key=key, name=key, rights=stored(rights, {}),
                    created_at=now, created_by=tenant, updated_at=now, updated_by=tenant, custom={}, scope_version=5,
                )  # fmt: skip
    with engine.begin() as connection:
        upgrade(connection, TENANT, until="0012_scope_rights")
    for tenant in tenants:
        with engine.begin() as connection:
            if not is_file:
                connection.execute(text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": str(tenant)})
            found = {
                row.key: row
                for row in connection.execute(select(Role.key, Role.rights, Role.version).where(Role.tenant_id == tenant))
            }
            assert found["baseline"].rights["rights"] == {"scope:*": "own", "user:read": "all"}
            assert found["agent"].rights["rights"] == {"call:*": "team"}
            assert (found["baseline"].version, found["agent"].version) == (8, 5), "consoles hear of what changed"
            assert connection.execute(select(Tenant.change).where(Tenant.id == tenant)).scalar() == 8
            connection.execute(update(Role).where(Role.tenant_id == tenant).values(rights=stored(chosen, {})))
    if is_file:
        with engine.begin() as connection:
            connection.execute(text("UPDATE tenant_version SET version_num = '0011_scopes'"))
            upgrade(connection, TENANT, until="0012_scope_rights")
            assert {
                row.rights["rights"]["scope:read"] for row in connection.execute(select(Role.key, Role.rights, Role.version))
            } == {"own"}
            assert connection.execute(select(Tenant.change)).scalar() == 8, "what somebody has decided stays"
    engine.dispose()


FORMER_LEAD = dict.fromkeys(
    (
        "contact:*", "account:*", "identity:*", "conversation:*", "message:read", "message:reply", "attachment:*", "call:*",
        "note:*", "task:*", "share:*", "territory:place", "contact:assign", "account:assign", "conversation:assign",
        "call:assign", "note:assign", "task:assign", "user:edit", "user:force", "team:edit",
    ),
    "all",
)  # fmt: skip


@pytest.mark.parametrize("is_file", [True, False], ids=["sqlite", "postgresql"])
def test_the_first_roles_learn_what_those_of_a_new_workspace_may_unless_somebody_changed_them(
    is_file: bool, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    engine, tenants = empty_database("first", tmp_path, request, is_file=is_file), [uuid4() for _ in range(1 if is_file else 2)]
    new = {preset.key: dict(preset.rights) for preset in PRESETS}
    newest = {right: level for right, level in new["supervisor"].items() if right.partition(":")[2] not in LATER}
    old_agent = {right: level for right, level in new["agent"].items() if right.partition(":")[2] not in LATER}
    roles: dict[str, tuple[bool, str, dict[str, str], dict[str, str]]] = {  # name → whether it is the first one, key, …
        "founded": (True, "agent", old_agent, {}), "founded lead": (True, "supervisor", FORMER_LEAD, {}),
        "changed": (False, "agent", old_agent, {}), "administrator": (True, "administrator", {"*": "all"}, {}),
    }  # fmt: skip
    with engine.begin() as connection:
        upgrade(connection, TENANT, until="0015_erasing")
        for tenant in tenants:
            put_plainly(connection, "tenant", id=tenant, slug=tenant.hex, name="A", change=7)
            for name, (is_first, key, rights, fields) in roles.items():
                put_role(connection, tenant, name, preset_id(tenant, key) if is_first else uuid4(), key, stored(rights, fields))
    fence(engine)  # as a server's own
    with engine.begin() as connection:
        upgrade(connection, TENANT)
    for tenant in tenants:
        with engine.begin() as connection:
            found = roles_in(connection, tenant, is_file=is_file)
            assert [found[name][:2] for name in ("founded", "founded lead")] == [(new["agent"], {}), (new["supervisor"], {})]
            assert sorted(found[name][2] for name in ("founded", "founded lead")) == [10, 11], "consoles hear of both"
            assert found["changed"] == (old_agent, {}, 5), "another role of that key was made by somebody"
            assert found["administrator"] == ({"*": "all"}, {}, 5), "it has all there is"
            assert connection.execute(select(Tenant.change).where(Tenant.id == tenant)).scalar() == 11
    engine.dispose()
    if not is_file:
        return
    for number, (given, guarded) in enumerate(
        (
            ({**newest, "contact:export": "own"}, {}),
            ({**newest, "contact:lock": "none"}, {}),
            (newest, {"contact.name": "hidden"}),
        )
    ):
        engine = create_engine(f"sqlite:///{tmp_path}/changed{number}.db")
        with engine.begin() as connection:
            upgrade(connection, TENANT, until="0015_erasing")
            put_plainly(connection, "tenant", id=tenants[0], slug="a", name="A", change=7)
            own = preset_id(tenants[0], "supervisor")
            put_role(connection, tenants[0], "Lead", own, "supervisor", stored(given, guarded))
            upgrade(connection, TENANT)
            assert roles_in(connection, tenants[0], is_file=True) == {"Lead": (given, guarded, 5)}, "somebody has decided"
            told = [each.text for each in check_tenant(connection, TenantName(id=tenants[0], slug="a", name="A"))]
            assert len(told) == 1
            assert "the role Lead was changed here" in told[0]
            assert "contact:bulk, account:bulk, conversation:bulk, task:bulk" in told[0]
        engine.dispose()


def put_role(connection: Connection, tenant: UUID, name: str, role_id: UUID, key: str, rights: dict[str, Any]) -> None:
    now = 0 if connection.dialect.name == "sqlite" else datetime(2026, 1, 1, tzinfo=UTC)
    put_plainly(
        connection, "role", tenant_id=tenant, id=role_id, version=5, key=key, name=name, rights=rights, created_at=now,
        created_by=tenant, updated_at=now, updated_by=tenant, custom={}, scope_version=5,
    )  # fmt: skip


def roles_in(connection: Connection, tenant: UUID, *, is_file: bool) -> dict[str, tuple[dict[str, str], dict[str, str], int]]:
    """Rights, fields and change number of a tenant's roles, by name."""
    if not is_file:
        connection.execute(text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": str(tenant)})
    rows = connection.execute(select(Role.name, Role.rights, Role.version).where(Role.tenant_id == tenant))
    return {row.name: (dict(row.rights["rights"]), dict(row.rights["fields"]), row.version) for row in rows}


def test_the_migration_gives_what_founding_gives() -> None:
    """When founding gives more one day, another revision has to."""
    more = {key: {**given, **RECORDING.MORE[key]} for key, given in GIVEN.items()}
    assert {preset.key: dict(preset.rights) for preset in PRESETS if preset.key in GIVEN} == more
    assert RECORDING.FORMER == GIVEN
    assert all(GIVEN[key] not in former for key, former in FORMER.items())


@pytest.mark.parametrize("is_file", [True, False], ids=["sqlite", "postgresql"])
def test_what_was_written_down_before_there_was_a_chain_is_linked(
    is_file: bool, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    engine, tenants = empty_database("old", tmp_path, request, is_file=is_file), [uuid4() for _ in range(1 if is_file else 2)]
    with engine.begin() as connection:
        upgrade(connection, TENANT, until="0001_first")
        for tenant in tenants:
            write_old(connection, tenant)
        upgrade(connection, TENANT)
        assert differences(connection, TENANT) == []
    with engine.connect() as connection:
        for tenant in tenants:
            found = verify(connection, tenant)
            assert (found.problem, found.rows, found.head.seq) == ("", 7, 7)
            rows = connection.execute(select(Audit).where(Audit.tenant_id == tenant).order_by(Audit.seq)).all()
            assert [(row.version, row.verb) for row in rows] == [(number, "contact.edit") for number in range(1, 8)]
            assert rows[0].fields == {"name": ["before", "é"]}
    engine.dispose()


@pytest.mark.parametrize("is_file", [True, False], ids=["sqlite", "postgresql"])
def test_where_an_older_version_cut_the_audit_stays_known(is_file: bool, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    engine, tenant = empty_database("cuts", tmp_path, request, is_file=is_file), uuid4()
    with engine.begin() as connection:
        upgrade(connection, TENANT, until="0019_recording_rights")
        put_plainly(connection, "audit_cut", tenant_id=tenant, seq=7, hash=b"7" * 32, cut_us=1)
        upgrade(connection, TENANT)
        assert last_cut(connection, tenant) == Cut(last=Head(7, b"7" * 32), mark=None)
    engine.dispose()


def write_old(connection: Connection, tenant: UUID) -> None:
    """Seven changes as the first version wrote them, in no order."""
    keys = ("tenant_id", "id", "record_id", "command_id", "actor_id")
    words = dict.fromkeys(keys, Key) | dict.fromkeys(("fields", "answer"), Frozen)

    def add(into: str, **values: object) -> None:
        table = sqlalchemy_table(into, *(column(each, words.get(each)) for each in values))
        connection.execute(insert(table).values(values))

    add("tenant", id=tenant, slug="a", name="A", change=7)
    for version in (3, 1, 2, 7, 5, 6, 4):
        by = {"device": "d", "actor_id": uuid4(), "acted_us": 1_000 + version}
        command = uuid4()
        add("command_log", tenant_id=tenant, id=command, version=version, name="contact.edit", status="applied", answer={}, **by)
        add(
            "audit", tenant_id=tenant, record_id=uuid4(), version=version, kind="contact", operation="update",
            command_id=command, fields={"name": ["before", "é"]}, **by,
        )  # fmt: skip


def test_a_tenant_that_the_directory_does_not_know_has_no_store(place: Place, database: Database) -> None:
    with stores_of(place) as stores:
        with pytest.raises(KeyError):
            stores.of(uuid4())
        assert {store.tenant_id for store in stores.all()} == {database.people.acme, database.people.zenith}


@pytest.mark.parametrize("url", ["mysql://host/x", "sqlite://", "sqlite:///", "patchbay.db", ""])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(UnknownDatabase):
        read_place(url)


def test_files_stand_beside_the_database(tmp_path: Path) -> None:
    place = read_place(f"sqlite:///{tmp_path}/patchbay.db")
    tenant = uuid4()
    assert place.tenant_file(tenant) == tmp_path / "patchbay.d" / f"{tenant}.db"
    assert place.key_file == tmp_path / "patchbay.d" / "secret.key"


def test_an_owner_whom_the_fence_binds_carries_all_tenants_rows_over(postgresql_url: str, tmp_path: Path) -> None:
    """Most hosted databases give no superuser: without lifting the fence a migration would find no row, and say nothing."""
    with psycopg.connect(postgresql_url, autocommit=True) as superuser:
        superuser.execute("CREATE ROLE plain LOGIN CREATEROLE PASSWORD 'plain'")
        superuser.execute("CREATE DATABASE hosted OWNER plain")
        if not superuser.execute("SELECT 1 FROM pg_roles WHERE rolname = 'patchbay_server'").fetchone():
            superuser.execute("CREATE ROLE patchbay_server LOGIN NOSUPERUSER NOBYPASSRLS")
    with psycopg.connect(f"{postgresql_url.rpartition('/')[0]}/hosted", autocommit=True) as superuser:
        superuser.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")  # what only a superuser may install
        superuser.execute("GRANT patchbay_server TO plain WITH ADMIN OPTION")
    host = postgresql_url.rpartition("@")[2].rpartition("/")[0]
    place = read_place(f"postgresql://plain:plain@{host}/hosted", tmp_path)
    engine, tenant, user = create_engine(place.url), uuid4(), uuid4()
    with engine.begin() as connection:
        upgrade(connection, DIRECTORY)
        upgrade(connection, TENANT, until="0006_access")
        for name in ("tenant", "blob", "role"):
            force_row_security(connection, [name], "patchbay_server")
        connection.execute(text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": str(tenant)})
        connection.execute(
            text("INSERT INTO blob (tenant_id, sha256, size_bytes, media_type, created_at, created_by)"
                 " VALUES (:tenant, 'ab', 1, 'text/plain', now(), :user)"),
            {"tenant": tenant, "user": user},
        )  # fmt: skip
        put_plainly(connection, "tenant", id=tenant, slug="hosted", name="Hosted", change=7)
        now = datetime(2026, 1, 1, tzinfo=UTC)
        put_plainly(
            connection, "role", tenant_id=tenant, id=uuid4(), version=5, key="baseline", name="Everybody", rights=stored({}, {}),
            created_at=now, created_by=user, updated_at=now, updated_by=user, custom={}, scope_version=5,
        )  # fmt: skip
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM blob")).scalar() == 0, "the fence binds the owner"
    prepare(place)
    with engine.begin() as connection:
        connection.execute(text("SELECT set_config('app.tenant', :tenant, true)"), {"tenant": str(tenant)})
        assert connection.execute(text("SELECT user_id FROM blob_holder")).scalars().all() == [user]
        assert connection.execute(select(Role.rights)).scalar() == stored({"scope:*": "own"}, {})
        assert unsecured(connection) == []
    engine.dispose()


@pytest.mark.parametrize(
    ("sees_all_teams", "before", "after"),
    [
        (False, ["contact:*", "message:read"], {"contact:*": "team", "contact:assign": "team", "message:read": "team"}),
        (True, ["*"], {"*": "all"}),
    ],
)
def test_roles_from_before_levels_give_what_they_gave(
    tmp_path: Path, sees_all_teams: bool, before: list[str], after: dict[str, str]
) -> None:
    tenant, key = uuid4(), uuid4().bytes
    engine = create_engine(f"sqlite:///{tmp_path}/old.db")
    with engine.begin() as connection:
        upgrade(connection, TENANT, "0005_devices")
        connection.connection.execute(  # the driver's own: nothing is known of old tables
            "INSERT INTO role (tenant_id, id, version, created_at, created_by, updated_at, updated_by, custom, scope_version,"
            " key, name, rights, sees_all_teams) VALUES (?, ?, 7, 0, ?, 0, ?, '{}', 7, 'old', 'Old', ?, ?)",
            (tenant.bytes, key, key, key, json.dumps({"rights": before}), sees_all_teams),
        )
        upgrade(connection, TENANT)
    with engine.connect() as connection, connection.begin():
        found = {row.key: row.rights["rights"] for row in connection.execute(select(Role.key, Role.rights))}
    engine.dispose()
    assert found["old"] == after
    assert found["baseline"]["user:read"] == "all", "everybody's role has come"
