"""A handover at a real station with all areas: the sheet, both signatures at one console, the file, what is blocked."""

from pathlib import Path
from typing import Any

from cityops_desktop.audit import papers
from cityops_desktop.audit.verify import verify
from cityops_desktop.clock import SystemClock
from cityops_desktop.link.duty.handover import DraftSheet, HandoverDetail, HandoversPage, SinceInfo
from cityops_desktop.model.ids import uuid7
from tests.peers.station import PASSWORD, StationPeer, slave, station


def asked(peer: StationPeer, session: str, path: str) -> bytes:
    assert peer.client is not None
    answer = peer.client.get(f"/api/v1/duty/{path}", headers=peer.headers(session))
    assert answer.status_code == 200, answer.text
    return answer.content


def given(peer: StationPeer, session: str | None, kind: str, **act: Any) -> dict[str, Any]:
    result = peer.act(session, {"kind": kind, **act})
    assert result["outcome"] == "done", result
    return dict(result["data"])


def test_a_handover_from_the_draft_to_the_verified_file(tmp_path: Path) -> None:
    with slave() as device, station(tmp_path, device.port) as peer:
        duty = peer.duty()
        admin = peer.login("root")
        account = {"name": "max", "display": "Max", "password": PASSWORD, "roles": ["shift_leader"]}
        given(peer, admin, "account.create", **account)
        draft = DraftSheet.model_validate_json(asked(peer, duty, "handover/draft"))
        areas = {one.id for one in draft.sheet.sections}
        assert areas >= {"alarms", "hidden", "incidents", "items", "stock", "limits", "trends", "rules", "handovers", "roster"}
        page = HandoversPage.model_validate_json(asked(peer, duty, "handover"))
        assert (page.current, page.blocked, page.begin) == (None, [], None)

        device.set(10, 450)
        peer.until(lambda state: any(alarm.key == "a.temp#top" for alarm in state.alarms), "the alarm")
        id = uuid7(SystemClock().wall())
        refused = peer.act(duty, {"kind": "handover.offer", "handover": id})
        assert refused["code"] == "emergency_alarm"
        state = peer.until(lambda state: any(alarm.key == "a.temp#top" and alarm.recorded for alarm in state.alarms), "it is recorded")
        given(peer, duty, "alarm.acknowledge", alarms=[one.id for one in state.alarms if one.open])

        offered = given(peer, duty, "handover.offer", handover=id, remark="ok")
        shown = peer.until(lambda state: state.station.duty.handover is not None, "every console knows of it")
        assert shown.station.duty.handover is not None and shown.station.duty.handover.state == "offered"
        told = {"handover": id, "hash": offered["hash"], "password": PASSWORD}
        given(peer, None, "handover.sign", side="incoming", name="max", asked=[1], **told)
        assert given(peer, None, "handover.sign", side="outgoing", name="zhang", **told)["state"] == "accepted"
        peer.until(lambda state: state.station.duty.handover is None, "it is over")

        detail = HandoverDetail.model_validate_json(asked(peer, duty, f"handovers/{id}"))
        assert detail.sound and detail.signed is not None and detail.signed.incoming.name == "Max"
        assert papers.check(asked(peer, duty, f"handovers/{id}/file")).findings == ()
        since = SinceInfo.model_validate_json(asked(peer, duty, "since"))
        assert since.signed and since.since == detail.signed.accepted
    assert verify(tmp_path / "data", SystemClock()).findings == []
