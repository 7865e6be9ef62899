"""Notes, views and marks at a real station: what a chart needs, over a restart, and after a fall."""

import base64
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from cityops_desktop.audit.verify import verify
from cityops_desktop.clock import SystemClock
from tests.core.station.test_trends import png
from tests.peers.station import StationPeer, slave, station


def get(peer: StationPeer, session: str | None, path: str, **query: Any) -> Any:
    assert peer.client is not None
    answer = peer.client.get(path, params=query, headers=peer.headers(session))
    assert answer.status_code == 200, answer.text
    return answer.json() if answer.headers["content-type"] == "application/json" else answer.content


def test_a_note_keeps_what_the_station_recorded_and_marks_tell_what_happened(tmp_path: Path) -> None:
    with slave() as device, station(tmp_path, device.port) as peer:
        duty = peer.duty()
        device.set(10, 350)
        peer.until(lambda state: any(alarm.subject == "a.temp" for alarm in state.alarms), "the alarm")
        now = peer.state().now
        peer.until(lambda state: state.now > now + 2000, "two seconds of it")
        now = peer.state().now
        act = {"kind": "note.add", "begins": now - 60_000, "ends": now, "points": ["a.temp", "a.wet"], "text": "风机停了"}
        done = peer.act(duty, act | {"picture": base64.b64encode(png()).decode()})
        assert done["outcome"] == "done", done
        [note] = get(peer, None, "/api/v1/notes", **{"from": now - 1000, "to": now})["notes"]
        temp, wet = note["figures"]
        assert (temp["low"], temp["high"], temp["last"], temp["unit"]) == (25.0, 35.0, 35.0, "°C") and temp["count"] > 5
        assert 25.0 <= temp["mean"] <= 35.0 and (wet["high"], wet["mean"]) == (0.0, None)
        assert get(peer, duty, f"/api/v1/notes/{note['id']}/picture") == png()
        saved = peer.act(duty, {"kind": "view.save", "name": "night", "content": {"points": ["a.temp"], "heights": {"°C": 2}}})
        assert saved["outcome"] == "done"
        assert [view["name"] for view in get(peer, duty, "/api/v1/trends/views")["views"]] == ["night"]
        assert get(peer, None, "/api/v1/trends/views")["views"] == []

        os.kill(peer.child(), signal.SIGKILL)
        peer.wait_ready()
        later = peer.until(lambda state: state.now > now + 1000, "the station again").now
        page = get(peer, None, "/api/v1/marks", **{"from": now - 3_600_000, "to": later + 1000, "point": ["a.temp", "gone.x"]})
        assert [alarm["subject"] for alarm in page["alarms"]].count("a.temp") == 1
        assert [mark["text"] for mark in page["notes"]] == ["风机停了"]
        assert {"station.started", "station.restarted", "config.begun"} <= {event["kind"] for event in page["events"]}
        [pause] = page["pauses"]
        assert pause["why"] == "down" and now - 5000 < pause["start"] < pause["end"] <= later
        assert page["firsts"].keys() == {"a.temp"} and page["firsts"]["a.temp"] == pytest.approx(now, abs=120_000)
        assert page["oldest"] is not None and not page["grouped"]
        assert peer.stop() == 0
    report = verify(tmp_path / "data", SystemClock())
    assert report.findings == []
