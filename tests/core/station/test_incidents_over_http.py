"""Warnings, incidents, plans, contacts, drills at a real station: who may, what follows what, deadlines as alarms, time line, bundle."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from cityops_desktop.audit.verify import verify
from cityops_desktop.clock import SystemClock
from cityops_desktop.incidents.bundle import Bundle
from cityops_desktop.link.incidents import IncidentDetail, IncidentsPage
from tests.peers.station import PASSWORD, StationPeer, slave, station

HOUR = 3_600_000


def person(peer: StationPeer, admin: str, name: str, role: str) -> str:
    act = {"kind": "account.create", "name": name, "display": name.title(), "password": PASSWORD, "roles": [role]}
    assert peer.act(admin, act)["outcome"] == "done"
    return peer.login(name)


def page(peer: StationPeer, session: str) -> IncidentsPage:
    assert peer.client is not None
    answer = peer.client.get("/api/v1/incidents", headers=peer.headers(session))
    assert answer.status_code == 200, answer.text
    return IncidentsPage.model_validate_json(answer.content)


def detail(peer: StationPeer, session: str, id: str) -> IncidentDetail:
    assert peer.client is not None
    answer = peer.client.get(f"/api/v1/incidents/{id}", headers=peer.headers(session))
    assert answer.status_code == 200, answer.text
    return IncidentDetail.model_validate_json(answer.content)


def done(peer: StationPeer, session: str, kind: str, **act: Any) -> dict[str, Any]:
    result = peer.act(session, {"kind": kind, **act})
    assert result["outcome"] == "done", result
    return dict(result["data"])


def code(peer: StationPeer, session: str, kind: str, **act: Any) -> str:
    result = peer.act(session, {"kind": kind, **act})
    assert result["outcome"] == "refused", result
    return str(result["code"])


GRADING = {
    "edition": "gbz-20986-2007",
    "sort": "facility",
    "part": "support",
    "importance": "important",
    "loss": "serious",
    "impact": 0,
    "reporter": "other",
    "why": "cooling lost for an hour",
}


def test_an_incident_from_the_alarm_to_the_sealed_bundle(tmp_path: Path) -> None:
    with slave() as device, station(tmp_path, device.port) as peer:
        duty = peer.duty()
        admin = peer.login("root")
        leader = person(peer, admin, "li", "shift_leader")
        device.set(10, 450)
        state = peer.until(lambda state: any(alarm.key == "a.temp#top" for alarm in state.alarms), "the alarm")
        alarm = next(alarm for alarm in state.alarms if alarm.key == "a.temp#top")
        now = state.now
        found = now - 3 * HOUR - 5 * 60_000  # four hours to report: its last quarter has begun
        opened = done(peer, duty, "incident.open", title="冷却中断", text="两台空调停机", begun=found, found=found, alarms=[alarm.id])
        id = str(opened["incident"])
        assert str(opened["number"]).endswith("-001")
        assert code(peer, duty, "incident.open", title="x", text="", begun=now, found=now, alarms=["none"]) == "no_such_alarm"
        assert code(peer, duty, "incident.open", title="x", text="", begun=now, found=now - 1) == "begun_after_found"
        assert code(peer, duty, "incident.classify", incident=id, **GRADING) == "no_right"

        # nobody has graded it: it counts as one that must be reported
        soon = peer.until(lambda state: any(one.cause == "report_due" for one in state.alarms), "the deadline's alarm")
        [due] = [one for one in soon.alarms if one.cause == "report_due"]
        assert due.standing and due.level == 2 and opened["number"] in due.detail
        [told] = page(peer, duty).incidents
        assert [(one.rule, one.state, one.assumed, one.at) for one in told.dues] == [("other", "soon", True, found + 4 * HOUR)]
        assert done(peer, leader, "incident.classify", incident=id, **GRADING)["grade"] == 3

        entry = {"incident": id, "time": now}
        done(peer, duty, "incident.entry", **entry, entry="handling", text="备用空调已开")
        assert code(peer, duty, "incident.entry", **entry, entry="handling", text="again") == "not_in_this_state"
        assert code(peer, duty, "incident.entry", **{**entry, "time": found - 1}, entry="note", text="x") == "before_it_began"
        assert code(peer, duty, "incident.entry", **{**entry, "time": now + HOUR}, entry="note", text="x") == "time_ahead"
        assert code(peer, duty, "incident.entry", **entry, entry="reported", text="x", rule="other") == "bad_request"
        done(peer, duty, "incident.entry", **entry, entry="reported", text="电话", rule="other", told="省网信办值班室")
        peer.until(lambda state: not any(one.cause == "report_due" and one.standing for one in state.alarms), "the end of the alarm")
        closing = {"reason": "接触器", "actions": "更换", "lessons": "备件"}
        assert code(peer, leader, "incident.close", incident=id, **closing) == "not_recovered"
        done(peer, duty, "incident.entry", **entry, entry="recovered", text="温度正常")
        done(peer, leader, "incident.close", incident=id, **closing)
        assert code(peer, leader, "incident.classify", incident=id, **GRADING) == "incident_closed"
        assert code(peer, duty, "incident.entry", **entry, entry="relapsed", text="x") == "not_in_this_state"

        told_detail = detail(peer, duty, id)
        assert told_detail.incident.state == "closed" and told_detail.incident.grade == 3 and told_detail.acts
        assert [(due.rule, due.state) for due in told_detail.incident.dues] == [("other", "done"), ("final", "running")]
        assert [one.entry.kind for one in told_detail.happened if one.entry] == ["handling", "reported", "recovered"]
        raised = [one for one in told_detail.happened if one.alarm and one.kind == "alarm.raised" and one.alarm.key == "a.temp#top"]
        assert raised[0].alarm is not None and raised[0].alarm.value == 45.0
        assert "incident.classified" in {one.kind for one in told_detail.happened}
        assert [one.time for one in told_detail.happened] == sorted(one.time for one in told_detail.happened)
        viewer = person(peer, admin, "gast", "viewer")
        seen = detail(peer, viewer, id)
        assert not seen.acts and not any(one.kind.startswith("incident.") for one in seen.happened)
        assert any(one.alarm for one in seen.happened)

        assert peer.client is not None
        refused = peer.client.get(f"/api/v1/incidents/{id}/bundle", headers=peer.headers(duty))
        assert (refused.status_code, refused.json()["code"]) == (403, "no_right")
        answer = peer.client.get(f"/api/v1/incidents/{id}/bundle", headers=peer.headers(leader), timeout=120)
        assert answer.status_code == 200, answer.text
        file = tmp_path / "taken.zip"
        file.write_bytes(answer.content)
        assert peer.client.get("/api/v1/incidents/none/bundle", headers=peer.headers(leader)).json()["code"] == "no_such_incident"
        assert peer.stop() == 0
    bundle = Bundle(file)
    checked = bundle.check()
    assert checked.sound and checked.about["incident"]["number"] == opened["number"] and len(checked.key) == 64
    samples = {one["key"]: one for one in checked.about["points"]}
    assert samples["a.temp"]["samples"] > 5 and samples["a.temp"]["unit"] == "°C"
    assert ",45,good" in bundle.read(samples["a.temp"]["file"]).decode()
    assert b"a.temp#top" in bundle.read("alarms.json") and b"incident.closed" in bundle.read("changes.jsonl")
    assert b'"bus":"tcp"' in bundle.read("frames.jsonl")
    assert "冷却中断" in bundle.read("report.zh_CN.html").decode()
    bundle.close()
    assert verify(tmp_path / "data", SystemClock()).findings == []

    out = tmp_path / "own.zip"
    command = [sys.executable, "-m", "cityops_desktop", "incident", "bundle", str(opened["number"]), "--data", str(tmp_path / "data")]
    made = subprocess.run([*command, "--out", str(out)], capture_output=True, text=True, timeout=120)
    assert made.returncode == 0, made.stderr
    looked = [sys.executable, "-m", "cityops_desktop", "incident", "open", str(out), "--data", str(tmp_path / "data"), "--json"]
    told_cli = subprocess.run(looked, capture_output=True, text=True, timeout=120)
    assert told_cli.returncode == 0 and '"sound": true' in told_cli.stdout, (told_cli.stdout, told_cli.stderr)
    again = subprocess.run([*command, "--out", str(out)], capture_output=True, text=True, timeout=120)
    assert again.returncode == 2
    assert sorted(one.name for one in tmp_path.iterdir()) == ["data", "own.zip", "room.yaml", "taken.zip"]


def test_a_warning_stands_on_every_board_until_it_is_lifted(tmp_path: Path) -> None:
    with slave() as device, station(tmp_path, device.port) as peer:
        duty = peer.duty()
        leader = person(peer, peer.login("root"), "li", "shift_leader")
        issue = {"colour": "orange", "title": "高温", "text": "40 °C", "response": "24小时值守", "source": "市网信办"}
        assert code(peer, duty, "warning.issue", **issue) == "no_right"
        id = str(done(peer, leader, "warning.issue", **issue)["warning"])
        [told] = peer.until(lambda state: state.station.warnings, "the warning").station.warnings
        assert (told.colour, told.state, told.source, told.actor_name) == ("orange", "issued", "市网信办", "Li")
        done(peer, duty, "warning.respond", warning=id, text="已加开备用空调")
        peer.until(lambda state: [one.responded_text for one in state.station.warnings] == ["已加开备用空调"], "the response")
        assert code(peer, duty, "warning.lift", warning=id, why="x") == "no_right"
        done(peer, leader, "warning.lift", warning=id, why="已降温")
        peer.until(lambda state: not state.station.warnings, "the end")
        assert code(peer, leader, "warning.lift", warning=id, why="x") == "warning_lifted"
        assert [(one.state, one.lift_why) for one in page(peer, duty).warnings] == [("lifted", "已降温")]


def test_plans_contacts_and_drills(tmp_path: Path) -> None:
    with slave() as device, station(tmp_path, device.port) as peer:
        duty = peer.duty()
        admin = peer.login("root")
        leader, engineer = person(peer, admin, "li", "shift_leader"), person(peer, admin, "wang", "engineer")
        plan = {"code": "COOL-1", "title": "空调全停", "text": "1. 开备机", "conditions": "机房超过30 °C", "grade": 3, "level": 1}
        assert code(peer, leader, "plan.publish", **plan) == "no_right"
        first = done(peer, engineer, "plan.publish", **plan, groups=["air_conditioning"], sorts=["facility"])
        second = done(peer, engineer, "plan.publish", **plan)
        assert (first["version"], second["version"]) == (1, 2)
        assert code(peer, engineer, "plan.retire", plan=first["plan"], why="old") == "plan_not_in_force"

        top = done(peer, leader, "contact.put", duty="指挥", name="王局")["contact"]
        below = done(peer, leader, "contact.put", duty="值班长", name="李", parent=top, mobile="13800000000")["contact"]
        assert code(peer, leader, "contact.put", id=top, duty="指挥", name="王局", parent=below) == "contact_below_itself"
        assert code(peer, leader, "contact.end", contact=top, why="x") == "contact_has_others"
        done(peer, leader, "contact.end", contact=below, why="left")

        now = peer.state().now
        drill = {"title": "空调演练", "plan": second["plan"], "planned": now, "leader": "李", "people": "全体", "text": "通知已发"}
        id = done(peer, leader, "drill.prepare", **drill)["drill"]
        assert code(peer, duty, "drill.entry", drill=id, time=now, text="x") == "not_in_this_state"
        done(peer, leader, "drill.begin", drill=id)
        done(peer, duty, "drill.entry", drill=id, time=now, text="09:00 备机已启动")
        improving = {"drill": id, "summary": "用时8分钟", "passed": True, "improvements": "标签"}
        assert code(peer, leader, "drill.close", **improving) == "until_which_day"
        done(peer, leader, "drill.close", **improving, until="2020-02-29")
        late = peer.until(lambda state: [one for one in state.alarms if one.cause == "drill_due"], "the alarm of what is overdue")
        [due] = [one for one in late.alarms if one.cause == "drill_due"]
        assert (due.level, due.standing, due.detail) == (3, True, "空调演练 · 2020-02-29")
        done(peer, leader, "drill.improve", drill=id, text="标签已换")
        peer.until(lambda state: not any(one.cause == "drill_due" and one.standing for one in state.alarms), "its end")
        in_time = done(peer, leader, "drill.prepare", **drill)["drill"]
        done(peer, leader, "drill.begin", drill=in_time)
        done(peer, leader, "drill.close", **{**improving, "drill": in_time}, until="2999-12-31")
        other = done(peer, leader, "drill.prepare", **drill)["drill"]
        done(peer, leader, "drill.close", drill=other, summary="延期", passed=False)

        told = page(peer, duty)
        assert [(one.code, one.version, one.retired) for one in told.plans] == [("COOL-1", 2, None)]
        assert [one.name for one in told.contacts] == ["王局"]
        assert {one.id: one.state for one in told.drills} == {id: "closed", in_time: "improving", other: "called_off"}
        assert not any(one.cause == "drill_due" and one.standing for one in peer.state().alarms), "its day is not over"
        [entry] = next(one for one in told.drills if one.id == id).entries
        assert entry.text == "09:00 备机已启动"
        assert peer.stop() == 0
    assert verify(tmp_path / "data", SystemClock()).findings == []


def test_nobody_sees_the_register_without_a_session(tmp_path: Path) -> None:
    with slave() as device, station(tmp_path, device.port) as peer:
        assert peer.client is not None
        peer.first_administrator()
        for path in ("/api/v1/incidents", "/api/v1/incidents/none", "/api/v1/incidents/none/bundle"):
            answer = peer.client.get(path)
            assert (answer.status_code, answer.json()["code"]) == (403, "not_logged_in")
