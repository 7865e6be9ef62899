"""All alarms asked of a real station: by anybody and by persons, of plain and of sensitive devices; kept filters; the load."""

import json
from pathlib import Path
from typing import Any

from pymodbus.client import ModbusTcpClient
from sqlalchemy import select

from cityops_desktop.clock import SystemClock
from cityops_desktop.link.alarmload import AlarmLoadInfo
from cityops_desktop.link.alarmquery import AlarmsPage, AlarmViewsPage
from cityops_desktop.store.schema import change
from cityops_desktop.store.store import Store
from tests.peers import warm
from tests.peers.slaves import HERE, running
from tests.peers.station import ROOM, StationPeer

DOOR = """
  - id: door
    bus: tcp
    address: 2
    sensitive: true
    points:
      - {{id: open, kind: digital, table: holding, address: 40, type: uint16, period: 0.2, limits: [{{level: warning, states: [1]}}]}}
"""


def get(peer: StationPeer, session: str | None, path: str, **query: Any) -> Any:
    assert peer.client is not None
    answer = peer.client.get(path, params=query, headers=peer.headers(session))
    assert answer.status_code == 200, answer.text
    return answer.json()


def asked(peer: StationPeer, session: str | None = None, **query: Any) -> AlarmsPage:
    return AlarmsPage.model_validate(get(peer, session, "/api/v1/alarms", **query))


def ended(peer: StationPeer, slave: ModbusTcpClient, session: str, address: int, unit: int) -> str:
    """An alarm that came, was acknowledged and went; its id."""
    slave.write_register(address, 1, device_id=unit)
    state = peer.until(lambda copy: any(one.open and one.recorded for one in copy.alarms), "the alarm")
    [alarm] = [one for one in state.alarms if one.open]
    assert peer.act(session, {"kind": "alarm.acknowledge", "alarms": [alarm.id]})["outcome"] == "done"
    slave.write_register(address, 0, device_id=unit)
    peer.until(lambda copy: not any(one.open for one in copy.alarms), "its end")
    return alarm.id


def test_all_alarms_are_asked_for(tmp_path: Path) -> None:
    with running([warm.python(), HERE / "pymodbus_slave.py", "tcp", "1", "2"]) as line:
        slave = ModbusTcpClient("127.0.0.1", port=int(line))
        slave.connect()
        for address, value, unit in ((10, 250, 1), (20, 0, 1), (40, 0, 2)):
            slave.write_register(address, value, device_id=unit)
        (tmp_path / "room.yaml").write_text((ROOM + DOOR).format(port=int(line)), encoding="utf-8")
        peer = StationPeer(tmp_path / "room.yaml", tmp_path / "data")
        try:
            peer.wait_ready()
            duty = peer.duty()
            leak, door = ended(peer, slave, duty, 20, 1), ended(peer, slave, duty, 40, 2)
            _by_every_condition(peer, duty, leak, door)
            _kept_filters(peer, duty)
            _load(peer, duty)
        finally:
            slave.close()
            assert peer.stop() == 0
    store = Store.open(tmp_path / "data", SystemClock())
    try:
        query = select(change.c.kind, change.c.subject, change.c.body)
        rows = store.read(lambda conn: [tuple(row) for row in conn.execute(query)])
    finally:
        store.close()
    looks = [json.loads(body) for kind, subject, body in rows if kind == "device.accessed" and subject == "access:door"]
    assert looks and looks[0]["what"] == "history", "that the door's past was looked at is recorded"
    assert {"alarm_view.saved", "alarm_view.deleted"} <= {kind for kind, _, _ in rows}


def _by_every_condition(peer: StationPeer, duty: str, leak: str, door: str) -> None:
    def ids(session: str | None = duty, **query: Any) -> list[str]:
        return [alarm.id for alarm in asked(peer, session, **query).alarms]

    assert ids() == [door, leak] and asked(peer, duty).count == 2
    assert ids(None) == [leak], "the past of a sensitive device is told to persons only"
    assert asked(peer, None).count == 1
    assert door not in [alarm.id for alarm in peer.state().alarms], "nor does a full copy tell it"
    when = next(alarm for alarm in asked(peer, duty).alarms if alarm.id == door)
    assert when.acknowledged is not None and when.returned is not None
    path = "/api/v1/alarms/at"
    assert [one["id"] for one in get(peer, duty, path, time=when.raised)["alarms"]] == [door]
    assert get(peer, None, path, time=when.raised)["alarms"] == []
    marks = {"from": when.raised - 60_000, "to": when.raised + 60_000, "point": ["door.open"]}
    assert [one["id"] for one in get(peer, duty, "/api/v1/marks", **marks)["alarms"]] == [door]
    assert get(peer, None, "/api/v1/marks", **marks)["alarms"] == []
    assert ids(level=4) == [door] and ids(level=[1, 4]) == [door, leak] and ids(level=2) == []
    assert ids(state="normal") == [door, leak] and ids(state="unacknowledged") == []
    assert ids(hidden="true") == [] and ids(hidden="false") == [door, leak]
    assert ids(point="a.wet") == [leak] and ids(device="door") == [door] and ids(device=["a", "door"]) == [door, leak]
    assert ids(group="gone") == [] and ids(domain="c/d") == [door, leak] and ids(domain="c/x") == []
    assert ids(person="张") == [door, leak] and ids(person="李") == []
    assert ids(text="WET") == [leak] and ids(text="door open") == [door] and ids(text="nothing") == []
    assert ids(least=3600) == [] and ids(most=3600) == [door, leak]
    assert ids(**{"from": when.raised}) == [door] and ids(to=when.raised) == [leak]
    first = asked(peer, duty, limit=1)
    assert first.next is not None and first.count == 2
    second = asked(peer, duty, limit=1, after=first.next)
    assert [one.id for one in second.alarms] == [leak] and second.next is None and second.count is None
    assert peer.client is not None
    for wrong in ("after=x", "point=", "device=", "device=door&device="):
        assert peer.client.get(f"/api/v1/alarms?{wrong}").status_code == 422, wrong
    assert ids(text="\\", group=[f"g{n}" for n in range(40)]) == [] and ids(after="3756663136.8530681092002574") == []
    assert ids(after="9999999999999999.9999999999999999") == [door, leak]


def _kept_filters(peer: StationPeer, duty: str) -> None:
    content = {"back": 86_400, "levels": [1, 2], "text": "漏水"}
    done = peer.act(duty, {"kind": "alarm_view.save", "name": " night  leaks ", "content": content})
    assert done["outcome"] == "done"
    [view] = AlarmViewsPage.model_validate(get(peer, duty, "/api/v1/alarms/views")).views
    assert (view.name, view.content.levels, view.content.text, view.own) == ("night leaks", [1, 2], "漏水", True)
    assert get(peer, None, "/api/v1/alarms/views")["views"] == []
    assert get(peer, duty, "/api/v1/trends/views")["views"] == [], "a filter is no view of the trends"
    share = {"kind": "alarm_view.share", "view": view.id, "roles": ["viewer"]}
    assert peer.act(duty, share)["code"] == "no_right"
    assert peer.act(duty, {"kind": "view.delete", "view": view.id})["code"] == "no_such_view"
    assert peer.act(duty, {"kind": "alarm_view.delete", "view": view.id})["outcome"] == "done"
    assert get(peer, duty, "/api/v1/alarms/views")["views"] == []


def _load(peer: StationPeer, duty: str) -> None:
    now = peer.state().now
    span = {"from": now - 86_400_000, "to": now + 1000}
    told = AlarmLoadInfo.model_validate(get(peer, duty, "/api/v1/alarms/load", **span))
    assert (told.alarms, told.hidden, told.tests, told.this_hour) == (2, 0, 0, 2)
    assert told.provisional and 0 < told.hours < 1 and told.post == "" and not told.cut
    assert {one.subject for one in told.actors} == {"a.wet", "door.open"}
    nobody = AlarmLoadInfo.model_validate(get(peer, None, "/api/v1/alarms/load", **span))
    assert {one.subject for one in nobody.actors} == {"a.wet", ""} and nobody.alarms == 2
    assert peer.client is not None and peer.client.get("/api/v1/alarms/load?from=5&to=5").status_code == 422
