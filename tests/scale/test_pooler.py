"""PgBouncer before PostgreSQL: with a session for each connection all works, without one the server does not start."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from app.domain.contacts.commands import CreateContact
from app.kernel.ids import new_id
from server.commands.line import main
from server.database.place import Place, read_place
from tests.peers.pgbouncer import pgbouncer
from tests.peers.postgresql import PostgreSql
from tests.scale.fleet import console, sign_in, two_servers
from tests.server.world import Database

ROOT = Path(__file__).parents[2]


def behind(place: Place, port: int) -> Place:
    """The same database, at another port."""
    return read_place(make_url(place.url).set(port=port).render_as_string(hide_password=False), place.folder)


def test_a_pooler_that_gives_sessions_to_others_is_found_at_the_start_and_by_the_doctor(
    place: Place, peer: PostgreSql, capsys: pytest.CaptureFixture[str]
) -> None:
    with pgbouncer(peer.port, "transaction") as port:
        url = behind(place, port).url
        words = [sys.executable, "-m", "server", "serve", "--port", "0", "--folder", str(place.folder), "--database", url]
        done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False, timeout=120)
        assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
        assert "pool_mode = session" in done.stderr
        assert main(["doctor", "--database", url, "--folder", str(place.folder)]) == 1
        assert "pool_mode = session" in capsys.readouterr().out


async def test_behind_a_pooler_that_keeps_sessions_servers_hear_each_other(
    place: Place, database: Database, peer: PostgreSql, tmp_path: Path
) -> None:
    with pgbouncer(peer.port, "session") as port:
        async with two_servers(behind(place, port), database.people) as (one, other):
            ana, ben = await sign_in(one.address, "ana@acme.example"), await sign_in(other.address, "ben@acme.example")
            async with console(one.address, ana, tmp_path) as hers, console(other.address, ben, tmp_path) as his:
                await hers.is_live()
                await his.is_live()
                contact = new_id()
                await hers.replica.run(CreateContact(contact_id=contact, name="Ada", team_id=database.people.acme))
                await his.sees(contact, "Ada")


def test_a_database_that_is_away_at_the_start_is_said_in_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = "postgresql://owner@127.0.0.1:9/nowhere"
    for words in (["serve", "--port", "0"], ["upgrade"]):
        assert main([*words, "--database", url, "--folder", str(tmp_path)]) == 1
        said = capsys.readouterr().err
        assert "The database can't be reached: connection failed" in said
        assert "Traceback" not in said
