"""The analysis through a real station: it answers at once, knows nothing yet of a young room, and says why."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cityops_desktop.link.analysis import AnalysisInfo, ChartInfo, HeadingsInfo
from cityops_desktop.model.analysis import Method, Why
from tests.peers.station import Slave, StationPeer, slave, station


@pytest.fixture(scope="module")
def device() -> Iterator[Slave]:
    with slave() as found:
        yield found


@pytest.fixture
def peer(tmp_path: Path, device: Slave) -> Iterator[StationPeer]:
    with station(tmp_path, device.port) as found:
        yield found


def test_a_young_room_is_told_as_not_known_and_why(peer: StationPeer) -> None:
    client = peer.client
    assert client is not None

    def whole() -> AnalysisInfo | None:
        answer = client.get("/api/v1/analysis", headers=peer.headers(None))
        assert answer.status_code == 200, answer.text
        told = AnalysisInfo.model_validate_json(answer.content)
        return told if told.reckoned is not None else None

    end = time.monotonic() + 30
    while (told := whole()) is None:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert told.origin == "real" and told.total == sum(one.method is not Method.LIMIT for one in told.findings)
    assert all(one.why in (Why.FEW, Why.NO_NEIGHBOURS, Why.NO_AGENT) and one.figure is None for one in told.findings)
    for one in told.findings:
        answer = client.get("/api/v1/analysis/chart", params={"id": one.id}, headers=peer.headers(None))
        assert ChartInfo.model_validate_json(answer.content).id == one.id
    answer = client.get("/api/v1/analysis/chart", params={"id": "growth:nothing"}, headers=peer.headers(None))
    assert 400 <= answer.status_code < 500 and answer.json()["code"] == "no_such_finding"
    headings = client.get("/api/v1/analysis/headings", headers=peer.headers(None))
    assert HeadingsInfo.model_validate_json(headings.content).headings == []
