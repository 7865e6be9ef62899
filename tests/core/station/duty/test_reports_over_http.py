"""Reports at a real station: made by a process of their own, kept, compared; a serious problem; an evaluation until it is signed."""

import hashlib
import io
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from openpyxl import load_workbook

from cityops_desktop.audit.verify import verify
from cityops_desktop.clock import SystemClock
from cityops_desktop.duty.reportforms import EXAMPLE
from cityops_desktop.link.duty.reports import EvaluationDetail, EvaluationsInfo, ReportInfo, ReportsPageInfo
from cityops_desktop.model.ids import uuid7
from tests.peers.station import PASSWORD, StationPeer, slave, station

DAY = 86_400_000


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory):
    with slave() as device, station(tmp_path_factory.mktemp("reports"), device.port) as running:
        yield running


@pytest.fixture(scope="module")
def people(peer: StationPeer) -> dict[str, str]:
    duty, admin = peer.duty(), peer.login("root")
    sessions = {"duty": duty, "root": admin}
    for name, role in (("li", "shift_leader"), ("wang", "viewer"), ("zhao", "engineer")):
        act = {"kind": "account.create", "name": name, "display": name.title(), "password": PASSWORD, "roles": [role]}
        assert peer.act(admin, act)["outcome"] == "done"
        sessions[name] = peer.login(name)
    return sessions


def asked(peer: StationPeer, session: str, path: str) -> Any:
    assert peer.client is not None
    return peer.client.get(f"/api/v1/duty/{path}", headers=peer.headers(session))


def page(peer: StationPeer, session: str) -> ReportsPageInfo:
    answer = asked(peer, session, "reports")
    assert answer.status_code == 200, answer.text
    return ReportsPageInfo.model_validate_json(answer.content)


def done(peer: StationPeer, session: str, kind: str, **act: Any) -> dict[str, Any]:
    result = peer.act(session, {"kind": kind, **act})
    assert result["outcome"] == "done", result
    return dict(result["data"])


def refused(peer: StationPeer, session: str, kind: str, **act: Any) -> dict[str, Any]:
    result = peer.act(session, {"kind": kind, **act})
    assert result["outcome"] == "refused", result
    return dict(result)


def until(peer: StationPeer, session: str, found: Any, what: str) -> Any:
    return peer.until(lambda _: found(page(peer, session)), what) and found(page(peer, session))


def made(peer: StationPeer, session: str, id: str) -> ReportInfo:
    def found(told: ReportsPageInfo) -> ReportInfo | None:
        failed = [run for run in told.runs if run.id == id and run.state == "failed"]
        assert not failed, failed
        return next((one for one in told.reports if one.id == id), None)

    report = until(peer, session, found, "the report")
    assert isinstance(report, ReportInfo)
    return report


def words(pdf: bytes) -> str:
    return subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True, timeout=60).stdout.decode()


def test_a_report_is_made_kept_and_compared(peer: StationPeer, people: dict[str, str]) -> None:
    now = SystemClock().wall()
    problem = str(uuid7(now))
    told = done(peer, people["duty"], "problem.report", id=problem, title="精密空调全停", text="两台同时停机，室温上升", subject="room")
    assert str(told["number"]).endswith("-001")
    assert (
        done(peer, people["duty"], "problem.report", id=problem, title="精密空调全停", text="两台同时停机，室温上升", subject="room")
        == told
    )
    state = peer.until(lambda state: any(one.cause == "serious_problem" for one in state.alarms), "the alarm of the problem")
    [alarm] = [one for one in state.alarms if one.cause == "serious_problem"]
    assert int(alarm.level) == 2 and "精密空调全停" in alarm.detail

    assert refused(peer, people["duty"], "report.make", id=str(uuid7(now)), report="day", time=now + 2 * DAY)["code"] == "report_ahead"
    assert refused(peer, people["wang"], "report.make", id=str(uuid7(now)), report="day", time=now)["code"] == "no_right"
    id = str(uuid7(now))
    done(peer, people["duty"], "report.make", id=id, report="month", time=now)
    report = made(peer, people["duty"], id)
    assert [one.form for one in report.files] == ["pdf", "xlsx"] and report.schedule == "" and not report.own
    answer = asked(peer, people["wang"], f"reports/{id}/pdf")
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/pdf"
    assert hashlib.sha256(answer.content).hexdigest() == report.files[0].sha256
    text = words(answer.content)
    flat = "".join(text.split())
    assert "精密空调全停" in flat and "两台同时停机，室温上升" in flat
    assert f"{datetime.now(UTC):%Y}-" in text
    workbook = load_workbook(io.BytesIO(asked(peer, people["duty"], f"reports/{id}/xlsx").content))
    assert len(workbook.sheetnames) >= 8
    assert any("精密空调全停" in str(cell.value) for sheet in workbook for row in sheet.iter_rows() for cell in row)

    figures = [
        str(row[0].value) for row in workbook["全部数据" if "全部数据" in workbook.sheetnames else "All figures"].iter_rows(min_row=2)
    ]
    assert len(figures) > 40 and not [name for name in figures if "." in name], "each figure has its words"

    # a byte that changed is found: at the station and by the command
    path = peer.data / "reports" / f"{id}.pdf"
    sound = path.read_bytes()
    path.write_bytes(sound[:-1] + b"x")
    assert asked(peer, people["duty"], f"reports/{id}/pdf").json()["code"] == "report_changed"
    command = [sys.executable, "-m", "cityops_desktop", "report", "verify", "--data", str(peer.data)]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert found.returncode == 9 and f"{id}.pdf" in found.stdout
    path.write_bytes(sound)
    assert subprocess.run(command, capture_output=True, timeout=60).returncode == 0
    (peer.data / "reports" / f"{id}.xlsx").rename(peer.data / "reports" / "elsewhere")
    assert asked(peer, people["duty"], f"reports/{id}/xlsx").json()["code"] == "report_gone"
    (peer.data / "reports" / "elsewhere").rename(peer.data / "reports" / f"{id}.xlsx")
    assert asked(peer, people["duty"], "reports/none/pdf").json()["code"] == "no_such_duty_report"


def test_a_template_of_the_room_holds_instead(peer: StationPeer, people: dict[str, str]) -> None:
    wrong = refused(
        peer, people["zhao"], "report.template", text="kind: week\nnames: {zh: 周, en: W}\nsections:\n  - id: gapz\n", language="en"
    )
    assert wrong["code"] == "form_wrong" and wrong["params"]["line"] == 4 and "gapz" in wrong["params"]["what"]
    own = "kind: week\nnames: {zh: 本室周报, en: Ours}\nsections:\n  - id: text\n    text: {zh: 甲方专用, en: A}\n  - id: signatures\n"
    assert done(peer, people["zhao"], "report.template", text=own)["version"] == 1
    now = SystemClock().wall()
    until(peer, people["duty"], lambda told: any(one.version == 1 for one in told.templates), "the template")
    id = str(uuid7(now))
    done(peer, people["duty"], "report.make", id=id, report="week", time=now, language="zh_CN")
    report = made(peer, people["duty"], id)
    text = "".join(words(asked(peer, people["duty"], f"reports/{id}/pdf").content).split())
    assert report.own and "本室周报" in text and "甲方专用" in text


def test_an_evaluation_until_both_have_signed(peer: StationPeer, people: dict[str, str]) -> None:
    bad = refused(
        peer, people["li"], "evaluation.agree", text=EXAMPLE.read_text("utf-8").replace("alarms.in_time", "alarms.in_tim"), language="en"
    )
    assert bad["code"] == "form_wrong" and "alarms.in_time" in bad["params"]["what"]
    form = done(peer, people["li"], "evaluation.agree", text=EXAMPLE.read_text("utf-8"))["form"]
    today = datetime.now(UTC)
    assert refused(peer, people["li"], "evaluation.begin", agreement=form, day=f"{today:%Y-%m-%d}")["code"] == "evaluation_not_over"
    past = f"{today.year - 1}-03-15"
    id = str(done(peer, people["li"], "evaluation.begin", agreement=form, day=past)["evaluation"])
    assert refused(peer, people["li"], "evaluation.begin", agreement=form, day=past)["code"] == "evaluation_exists"

    def detail() -> EvaluationDetail:
        answer = asked(peer, people["wang"], f"evaluations/{id}")
        assert answer.status_code == 200, answer.text
        return EvaluationDetail.model_validate_json(answer.content)

    peer.until(lambda _: detail().reckoned is not None, "the figures of the evaluation")
    one = detail()
    known = {value.id: value for value in one.indicators}
    assert all(value.value is None and value.points is None for value in known.values()), "before the first start no zero was counted"
    assert known["watched"].evidence is not None and known["watched"].evidence.figure == "running.share"
    assert known["satisfaction"].answers == 0 and one.grade is None
    answers = [{"question": name, "score": 4} for name in ("speed", "attitude", "result")]
    assert (
        refused(peer, people["duty"], "evaluation.answer", evaluation=id, respondent="王工", answers=[{"question": "speed", "score": 6}])[
            "code"
        ]
        == "score_off_scale"
    )
    done(peer, people["duty"], "evaluation.answer", evaluation=id, respondent="王工", answers=answers)
    done(peer, people["wang"], "evaluation.remark", evaluation=id, side="a", text="响应较快")
    assert refused(peer, people["wang"], "evaluation.sign", evaluation=id, side="a", digest=one.digest)["code"] == "evaluation_changed"
    seen = detail()
    assert {value.id: value.points for value in seen.indicators}["satisfaction"] == 75
    assert refused(peer, people["wang"], "evaluation.sign", evaluation=id, side="b", digest=seen.digest)["code"] == "no_right"
    done(peer, people["wang"], "evaluation.sign", evaluation=id, side="a", digest=seen.digest)
    assert refused(peer, people["duty"], "evaluation.remark", evaluation=id, side="b", text="x")["code"] == "evaluation_signed"
    done(peer, people["li"], "evaluation.sign", evaluation=id, side="b", digest=seen.digest)
    assert detail().evaluation.state == "signed" and [one.actor_name for one in detail().signatures] == ["Wang", "Li"]
    listed = EvaluationsInfo.model_validate_json(asked(peer, people["wang"], "evaluations").content)
    assert [one.id for one in listed.evaluations] == [id]
    report = until(peer, people["duty"], lambda told: next((one for one in told.reports if one.evaluation == id), None), "its report")
    text = "".join(words(asked(peer, people["duty"], f"reports/{report.id}/pdf").content).split())
    assert "王工" in text and "响应较快" in text and seen.digest[:32] in text
    assert verify(peer.data, SystemClock()).findings == []
