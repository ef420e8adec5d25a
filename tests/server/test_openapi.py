"""The OpenAPI document is true: generated requests get no 500 and no answer that the document does not describe."""

import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from openapi_spec_validator import validate
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from server.bootstrap import ROUTES
from server.database.away import DatabaseDamaged
from server.web.application import DOORS, VERSION
from server.web.dispatch import Described
from server.web.openapi import PROBLEMS, document
from server.web.problems import STATUS, Broken
from tests.peers.process import killed_after
from tests.server.world import Database, World

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
PATIENCE_S = 60.0
ENDS_THE_SESSION = ["sign_out", "end_session", "end_sessions", "change_password"]
LOCKS_OUT = ["user_edit", "role_revoke", "role_set_rights", "sign_in", "refresh"]  # of Zenith: Acme's caller stays in
schema = schemathesis.openapi.from_dict(document([*DOORS, *ROUTES], VERSION))
schema.config.phases.coverage.enabled = False  # 4,000 more requests; run by hand: schemathesis run …/openapi.json
bounded = settings(
    max_examples=7, suppress_health_check=list(HealthCheck), derandomize=True, phases=[Phase.explicit, Phase.generate]
)


MAKING: dict[str, dict[str, object]] = {
    "contacts": {"name": "Real", "phones": ["+442079460018"], "emails": ["real@example.com"]},
    "accounts": {"name": "Real"},
    "conversations": {"channel": "email", "address": "real@example.com"},
    "tasks": {"title": "Real"},
    "teams": {"name": "Real"},
    "users": {"name": "Real", "email": "real@acme.example"},
    "roles": {"key": "real", "name": "Real", "rights": {}},
    "calls": {"sip_call_id": "real", "direction": "in", "number": "1", "state": "ringing", "started_at": "2026-11-23T10:00:00Z"},
}
real: dict[str, str] = {}  # noun → the id of a record of Acme


@schema.hook
def map_path_parameters(context: schemathesis.HookContext, path_parameters: dict[str, str] | None) -> dict[str, str] | None:
    """Ask for what is there: ids made up would never get past 404."""
    assert context.operation is not None
    known = real.get(context.operation.path.split("/")[3])
    if path_parameters and known and path_parameters.get("id", "")[-1:] not in "0123":
        return {**path_parameters, "id": known}
    return path_parameters


class Caller:
    """The real server in a process of its own, and an administrator of each workspace."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.acme, self.zenith = self._token("acme", "ana@acme.example"), self._token("zenith", "zoe@zenith.example")
        signed_in = {"Authorization": f"Bearer {self.acme}"}
        with httpx.Client(base_url=f"{address}/api/v1", headers=signed_in, timeout=PATIENCE_S) as ana:
            for noun, body in MAKING.items():
                real[noun] = ana.post(f"/{noun}", json=body).raise_for_status().json()["id"]
            real["identities"] = ana.get(f"/contacts/{real['contacts']}").json()["identities"][0]["id"]
            real["notes"] = ana.post("/notes", json={"text": "Real", "contact_id": real["contacts"]}).json()["id"]
            ana.post(f"/conversations/{real['conversations']}/reply", json={"text": "Real"}).raise_for_status()
            real["messages"] = ana.get(f"/conversations/{real['conversations']}/messages").json()[0]["id"]

    def _token(self, workspace: str, email: str) -> str:
        body = {"workspace": workspace, "email": email, "password": "correct horse battery", "device": "schemathesis"}
        answer = httpx.post(f"{self.address}/api/v1/sign-in", json=body, timeout=PATIENCE_S).raise_for_status()
        return str(answer.json()["access_token"])


@pytest.fixture(scope="module")
def caller(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """Serves until all operations were tried."""
    place = database.copy(tmp_path_factory.mktemp("served") / "place")
    command = [sys.executable, "-m", "server", "serve", "--database", place.url, "--folder", str(place.folder), "--port", "0"]
    with killed_after(command, stdout=PIPE, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout is not None
        yield Caller(process.stdout.readline().split()[-1])
        process.terminate()
        assert process.wait(timeout=PATIENCE_S) == 0


@schema.exclude(operation_id=ENDS_THE_SESSION + LOCKS_OUT).parametrize()
@bounded
def test_what_is_answered_is_what_is_described(caller: Caller, case: schemathesis.Case[Any]) -> None:
    _try(caller, case, caller.acme)


@schema.include(operation_id=LOCKS_OUT).parametrize()
@bounded
def test_the_same_where_people_may_lock_themselves_out(caller: Caller, case: schemathesis.Case[Any]) -> None:
    _try(caller, case, caller.zenith)


def _try(caller: Caller, case: schemathesis.Case[Any], token: str) -> None:
    answer = case.call(base_url=caller.address, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE_S)
    case.validate_response(answer, checks=CHECKS)


async def test_the_document_is_valid_and_is_what_the_server_serves(world: World) -> None:
    async with world.stranger() as caller:
        served = (await caller.get("/openapi.json")).json()
        page = await caller.get("/reference")
    assert served["openapi"] == "3.1.0"
    validate(served)
    assert "/api/v1/contacts/{id}/timeline" in page.text
    assert "://" not in page.text.replace("://www.w3.org", "")  # nothing from elsewhere
    assert page.headers["Content-Type"].startswith("text/html")


def test_every_operation_has_a_name_of_its_own() -> None:
    described: list[Described] = [*DOORS, *ROUTES]
    names = [each.name for each in described]
    assert sorted(names) == sorted(set(names))


def test_whatever_an_operation_may_answer_with_is_described() -> None:
    said = {str(status) for status in STATUS.values()}
    assert said - {"405", "410"} == set(PROBLEMS), "no operation's: another method was used, or a cursor is too old"
    assert {key for key in (Broken.key, DatabaseDamaged.key) if f"`{key}`" in PROBLEMS["500"]} == {"broken", "database_damaged"}
