"""The roster at a real station: rights, a published plan, coming and going, the alarm and what every console is told."""

import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cityops_desktop.audit.verify import verify
from cityops_desktop.clock import SystemClock
from cityops_desktop.link.duty.roster import RosterPage
from tests.peers.station import PASSWORD, StationPeer, slave, station

HOUR = 3_600_000


def done(peer: StationPeer, session: str, kind: str, **act: Any) -> dict[str, Any]:
    result = peer.act(session, {"kind": kind, **act})
    assert result["outcome"] == "done", result
    return dict(result["data"])


def page(peer: StationPeer, session: str, begin: int, end: int) -> RosterPage:
    assert peer.client is not None
    answer = peer.client.get("/api/v1/duty/roster", params={"from": begin, "to": end}, headers=peer.headers(session))
    assert answer.status_code == 200, answer.text
    return RosterPage.model_validate_json(answer.content)


def test_a_roster_from_its_publishing_to_the_turn_that_nobody_has(tmp_path: Path) -> None:
    with slave() as device, station(tmp_path, device.port) as peer:
        duty = peer.duty()
        admin = peer.login("root")
        done(peer, admin, "account.create", name="li", display="李班长", password=PASSWORD, roles=["shift_leader"])
        leader = peer.login("li")
        now = peer.until(lambda state: True, "anything").now
        people = {one.name: one.id for one in page(peer, leader, now, now + HOUR).people}
        today = datetime.datetime.fromtimestamp(now / 1000, ZoneInfo("Asia/Shanghai")).date().isoformat()
        crew = {"name": "甲班", "offset": 0, "members": [people["李班长"]]}
        slots = [{"sign": "全", "name": "全天", "begin": "00:00", "end": "00:00"}]
        plan = {"post": "crew", "name": "值班", "since": today, "epoch": today, "slots": slots, "cycle": "全", "crews": [crew]}
        refused = peer.act(duty, {"kind": "duty.plan", "plan": plan, "why": "x"})
        assert refused["code"] == "no_right"
        done(peer, leader, "duty.plan", plan=plan, why="first roster")
        told = peer.until(lambda state: bool(state.station.duty.people), "the crew")
        assert [(one.name, one.kind, one.crew, one.signed_in) for one in told.station.duty.people] == [("李班长", "crew", "甲班", None)]
        assert told.station.duty.shift == "全天"
        done(peer, leader, "duty.sign_in")
        peer.until(lambda state: any(one.signed_in for one in state.station.duty.people), "who has come")
        assert peer.act(leader, {"kind": "duty.sign_out"})["code"] == "no_relief"
        done(peer, leader, "duty.sign_out", why="test")
        peer.until(lambda state: any(alarm.cause == "duty_uncovered" for alarm in state.alarms), "the alarm")
        done(peer, duty, "duty.sign_in", why="for 李班长")
        peer.until(lambda state: not any(alarm.cause == "duty_uncovered" and alarm.standing for alarm in state.alarms), "the alarm's end")
        found = page(peer, duty, now, now + 48 * HOUR)
        assert [turn.name for turn in found.turns] == ["全天"] * 3 and len(found.signs) == 2
    assert verify(tmp_path / "data", SystemClock()).findings == []
