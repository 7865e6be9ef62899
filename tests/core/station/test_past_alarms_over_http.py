"""The alarms of a past time, asked of a real station."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cityops_desktop.link.pastalarms import AlarmsThen
from tests.peers.station import Slave, StationPeer, slave, station


@pytest.fixture
def device() -> Iterator[Slave]:
    with slave() as found:
        yield found


def at(peer: StationPeer, when: int) -> AlarmsThen:
    assert peer.client is not None
    answer = peer.client.get("/api/v1/alarms/at", params={"time": when})
    assert answer.status_code == 200, answer.text
    return AlarmsThen.model_validate(answer.json())


def test_what_stood_is_told_as_it_was_then(tmp_path: Path, device: Slave) -> None:
    with station(tmp_path, device.port) as peer:
        session = peer.duty()
        device.set(20, 1)
        raised = next(iter(peer.until(lambda copy: copy.alarms and copy.alarms[0].recorded, "the leak").alarms))
        result = peer.act(session, {"kind": "alarm.acknowledge", "alarms": [raised.id]})
        assert result["outcome"] == "done"
        device.set(20, 0)
        ended = peer.until(lambda copy: not [one for one in copy.alarms if one.state != "normal"], "its end").alarms[0]
        assert ended.acknowledged is not None and ended.returned is not None
        assert not at(peer, raised.raised - 1).alarms
        (first,) = at(peer, raised.raised).alarms
        assert (first.id, first.state, first.acknowledged, first.value) == (raised.id, "unacknowledged", None, 1.0)
        (seen,) = at(peer, ended.acknowledged).alarms
        assert (seen.state, seen.actor_name) == ("acknowledged", "张工")
        assert not at(peer, ended.returned).alarms
        assert peer.client is not None and peer.client.get("/api/v1/alarms/at?time=-1").status_code == 422
