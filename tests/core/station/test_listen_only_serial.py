"""The whole way of a line of meters beside another host: room file, station, live values. Master and meter are the package dlt645."""

from pathlib import Path

from cityops_desktop.link.messages import Copy
from cityops_desktop.model.readings import Quality, Reason
from tests.peers import warm
from tests.peers.dlt645_meter import ADDRESS
from tests.peers.ptys import shared_line
from tests.peers.slaves import HERE, running
from tests.peers.station import StationPeer

ROOM = """
room: {{id: r1, name: {{zh: 测试机房, en: Test room}}, domain: c/d/s/r1, timezone: Asia/Shanghai}}
buses:
  - {{id: line, driver: dlt645, port: {port}, listen_only: true}}
devices:
  - id: feed
    bus: line
    address: "{address}"
    points:
      - {{id: volts, kind: analog, unit: V, item: 0x02010100, length: 2, scale: 0.1, period: 1}}
      - {{id: amps, kind: analog, unit: A, item: 0x02020200, length: 3, scale: 0.001, signed: true, period: 1}}
      - {{id: never, kind: analog, unit: V, item: 0x02010200, length: 2, scale: 0.1, period: 1}}
  - id: other
    bus: line
    address: "7"
    points: [{{id: volts, kind: analog, unit: V, item: 0x02010100, length: 2, scale: 0.1, period: 1}}]
"""


def live(state: Copy, key: str):
    return next(item for item in state.live if item.key == key)


def test_what_another_host_asks_meters_becomes_values(tmp_path: Path) -> None:
    room = tmp_path / "room.yaml"
    with shared_line(4) as line, running([warm.python(), HERE / "dlt645_meter.py", "rtu", line.ports[2]]):
        room.write_text(ROOM.format(port=line.ports[0], address=ADDRESS), "utf-8")
        peer = StationPeer(room, tmp_path / "data")
        try:
            peer.wait_ready()
            master = [warm.python(), HERE / "dlt645_master.py"]
            with running([*master, line.ports[1], ADDRESS, "02010100", "02020200"]):
                state = peer.until(lambda s: live(s, "feed.volts").value == 220.5 and live(s, "feed.amps").value == -1.25, "values")
                assert {live(state, key).quality for key in ("feed.volts", "feed.amps")} == {Quality.GOOD}
                first = live(state, "feed.volts").time
                peer.until(lambda s: live(s, "feed.volts").time > first, "further ones")
            with running([*master, line.ports[3], "000000000007", "02010100"]):
                peer.until(lambda s: live(s, "other.volts").reason is Reason.EXCEPTION, "a refusal")
            assert live(peer.state(), "feed.never").reason is Reason.WAITING
        finally:
            peer.stop()
        assert line.sent[0] == b"" and all(line.sent[1:])
