"""Every operation of the API, with what fits its description and what does not, against a real station: no fault of its own, no hang,
no answer that docs/openapi.json does not tell."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import content_type_conformance, not_a_server_error, response_schema_conformance, status_code_conformance

from cityops_desktop.model.ids import uuid7
from tests.peers.slaves import free_port
from tests.peers.station import StationPeer, station

DOCUMENT = Path(__file__).parents[3] / "docs" / "openapi.json"
STREAMS = ("/api/v1/stream", "/api/v1/audit/export")
"""The event stream never ends by itself; test_api.py reads it. The export is text as it comes; its own tests read it."""
SECONDS = 30.0
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
BUSY = 503
"""The one 5xx that the description promises: a queue that is full. Nothing here fills one."""

described = schemathesis.openapi.from_path(str(DOCUMENT))
described.config.phases.coverage.enabled = False  # each combination of each of the fifty bodies: minutes; the random ones reach them, too
schema = described.exclude(path=list(STREAMS))


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StationPeer, dict[str, str]]]:
    """A station and the headers of an administrator; whoever logs in or out meanwhile is another console."""
    with station(tmp_path_factory.mktemp("api"), free_port()) as found:
        found.first_administrator()
        session = found.login("root")
        assert found.client is not None
        yield found, {**found.client.headers, **found.headers(session)}


def test_the_station_serves_the_document_that_is_kept(peer):
    found, _ = peer
    assert found.client is not None
    assert found.client.get("/api/v1/openapi.json").json() == json.loads(DOCUMENT.read_text("utf-8"))


@schema.parametrize()
@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
        HealthCheck.function_scoped_fixture,
    ],
)
def test_no_operation_ends_in_a_fault_or_answers_what_is_not_told(case: Case, peer):
    found, headers = peer
    if case.path == "/api/v1/session":  # logging out and in again would end the session of all the others
        headers = {**headers, "X-CityOps-Console": "another"}
    try:
        answer = case.call(base_url=found.url, headers=headers, timeout=SECONDS)
    except httpx.TimeoutException as error:
        raise AssertionError(f"no answer within {SECONDS} s: {case.as_curl_command()}") from error
    case.validate_response(answer, checks=CHECKS)


DOCUMENTED = json.loads(DOCUMENT.read_text("utf-8"))
ACTS = DOCUMENTED["components"]["schemas"]["Command"]["properties"]["act"]["discriminator"]["mapping"]


@pytest.mark.parametrize("kind", sorted(ACTS))
def test_every_act_is_done_or_refused_in_time(kind: str, peer):
    """The operation above has some forty kinds of bodies and chance finds few of them: here each by itself, by an administrator."""
    found, headers = peer
    document = copy.deepcopy(DOCUMENTED)
    document["components"]["schemas"]["Command"]["properties"]["act"] = {"$ref": ACTS[kind]}
    operation = schemathesis.openapi.from_dict(document)["/api/v1/commands"]["POST"]

    @given(operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    @settings(max_examples=3, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    def try_it(case: Case) -> None:
        body = {"id": uuid7(0), "deadline": found.state().now + 10_000, "act": {**case.body["act"], "kind": kind}}
        answer = found.client.post("/api/v1/commands", json=body, headers=headers)
        assert answer.status_code in (200, 422), (body, answer.text)
        if answer.status_code == 200:
            assert answer.json()["outcome"] in ("done", "refused"), (body, answer.text)

    try_it()


def test_the_station_has_not_fallen(peer):
    found, _ = peer
    assert found.state().station.restarts == 0
