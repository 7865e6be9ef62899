"""The change log through a real station: questions, the head of now, anchors, export, and the alarm when it does not hold."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pysqlite3 import dbapi2

from cityops_desktop.errors import Exit
from cityops_desktop.model.alarms import AlarmState, Cause
from tests.peers import warm
from tests.peers.station import PASSWORD, Slave, StationPeer, slave, station


@pytest.fixture(scope="module")
def device() -> Iterator[Slave]:
    with slave() as found:
        yield found


@pytest.fixture
def peer(tmp_path: Path, device: Slave) -> Iterator[StationPeer]:
    with station(tmp_path, device.port) as found:
        yield found


def get(peer: StationPeer, session: str | None, path: str) -> Any:
    assert peer.client is not None
    answer = peer.client.get(f"/api/v1/audit{path}", headers=peer.headers(session))
    return answer.json() if answer.headers["content-type"] == "application/json" else answer.text


def report(peer: StationPeer, session: str) -> dict[str, Any]:
    peer.until(lambda _: get(peer, session, "")["report"], "the first verification")
    return dict(get(peer, session, "")["report"])


def command_line(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [warm.python(), "-m", "cityops_desktop", "audit", *arguments],
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": "/usr/bin:/bin", "CITYOPS_LANG": "en"},
    )


def test_who_may_ask_sees_who_did_what_and_who_may_not_is_recorded(peer: StationPeer) -> None:
    assert get(peer, None, "")["code"] == "setup_required"
    duty = peer.duty()
    root = peer.login("root")
    page = get(peer, root, "?kind=account.&limit=1")
    (row,) = page["rows"]
    assert (row["kind"], row["actor_name"], row["body"]["name"], row["before"]) == ("account.created", "王管理", "zhang", None)
    assert page["more"] is True
    assert page["people"][row["actor"]] == "王管理"
    older = get(peer, root, f"?kind=account.&before={row['seq']}")["rows"]
    assert [one["body"]["name"] for one in older] == ["root"]
    assert get(peer, duty, "/export")["code"] == "no_right"
    refused = "?kind=act.refused&text=audit.export"  # written behind the answer
    peer.until(lambda _: get(peer, root, refused)["rows"], "the record of the refusal")
    assert [one["body"]["code"] for one in get(peer, root, refused)["rows"]] == ["no_right"]
    assert get(peer, root, "?limit=501")["code"] == "bad_request"


def test_a_head_is_anchored_and_proves_itself_later(peer: StationPeer, tmp_path: Path) -> None:
    peer.first_administrator()
    root = peer.login("root")
    head = get(peer, root, "/head")
    anchor = {"kind": "audit.anchor", "seq": head["seq"], "hash": head["hash"], "medium": "paper"}
    assert peer.act(root, anchor)["outcome"] == "done"
    assert peer.act(root, {**anchor, "hash": "0" * 64})["code"] == "no_such_head"
    report(peer, root)
    assert peer.act(root, {"kind": "audit.verify"})["outcome"] == "done"
    verified = "?kind=audit.verified&limit=1"
    peer.until(lambda _: get(peer, root, verified)["rows"][0]["body"]["why"] == "asked", "the verification that was asked for")
    assert get(peer, root, "")["report"]["anchored"] == head["seq"]
    live = command_line("verify", "--data", str(peer.data), "--head", f"{head['seq']}:{head['hash'][:16]}")
    assert (live.returncode, live.stderr) == (Exit.OK, "")
    assert f"Rows after {head['seq']} are not provable" in live.stdout
    peer.stop()
    kept = tmp_path / "head.json"
    kept.write_text(json.dumps(head))
    assert command_line("verify", "--data", str(peer.data), "--head", str(kept)).returncode == Exit.OK
    assert json.loads(command_line("head", "--data", str(peer.data), "--json").stdout)["seq"] > head["seq"]  # signed at the stop


def test_an_export_is_signed_first_and_recorded(peer: StationPeer, tmp_path: Path) -> None:
    peer.first_administrator()
    root = peer.login("root")
    lines = [json.loads(line) for line in get(peer, root, "/export").splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert (lines[-2]["kind"], lines[-1]["kind"]) == ("audit.head", "audit.exported")
    target = tmp_path / "log.csv"
    done = command_line(
        "export", str(target), "--data", str(peer.data), "--format", "csv", "--as", "root", "--password-stdin", typed=PASSWORD + "\n"
    )
    assert (done.returncode, done.stderr) == (Exit.OK, "")
    assert target.read_text().startswith("seq,id,kind")
    assert "audit.exported" in target.read_text().splitlines()[-1]
    again = command_line("export", str(target), "--data", str(peer.data))
    assert again.returncode == Exit.USAGE
    shown = command_line(
        "show", "--data", str(peer.data), "--kind", "audit.exported", "--as", "root", "--password-stdin", typed=PASSWORD + "\n"
    )
    assert (shown.returncode, len(shown.stdout.splitlines())) == (Exit.OK, 2)
    nobody = command_line("show", "--data", str(peer.data))
    assert nobody.returncode == Exit.USAGE


def tampered(data: Path, statement: str) -> None:
    conn = dbapi2.connect(str(data / "records.db"))
    guards = conn.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in guards:
        conn.execute(f"DROP TRIGGER {name}")
    conn.execute(statement)
    for _, text in guards:
        conn.execute(text)
    conn.commit()
    conn.close()


def test_a_record_changed_past_the_program_is_an_alarm_until_it_holds_again(tmp_path: Path, device: Slave) -> None:
    def audit_alarm(peer: StationPeer) -> Any:
        return next((one for one in peer.state().alarms if one.cause is Cause.AUDIT_BROKEN), None)

    with station(tmp_path, device.port) as peer:
        peer.first_administrator()
        assert report(peer, peer.login("root"))["state"] == "sound"
    tampered(tmp_path / "data", "UPDATE account SET display = '别人'")
    with station(tmp_path, device.port) as peer:
        alarm = peer.until(lambda _: audit_alarm(peer), "the alarm") and audit_alarm(peer)
        assert (alarm.level, alarm.state, alarm.detail) == (1, AlarmState.UNACKNOWLEDGED, "1")
        found = report(peer, peer.login("root"))
        assert [(one["code"], one["detail"]) for one in found["findings"]] == [("record_differs", "display")]
        wrong = command_line("verify", "--data", str(peer.data))
        assert wrong.returncode == Exit.WRONG
        assert "is not what row" in wrong.stdout
        assert "past the program" in wrong.stdout
    tampered(tmp_path / "data", "UPDATE account SET display = '王管理'")
    with station(tmp_path, device.port) as peer:
        peer.until(lambda _: audit_alarm(peer).state is AlarmState.RETURNED, "the alarm's return")


def test_the_command_line_reads_a_stopped_station(tmp_path: Path, device: Slave) -> None:
    with station(tmp_path, device.port) as peer:
        peer.duty()
    data = str(tmp_path / "data")
    shown = command_line("show", "--data", data, "--kind", "account.created", "--json")
    assert [json.loads(line)["body"]["name"] for line in shown.stdout.splitlines()] == ["zhang", "root"]
    since = command_line("show", "--data", data, "--last-shift", "zhang")
    assert "station stopped in order" in since.stdout
    assert command_line("show", "--data", data, "--last-shift", "nobody").returncode == Exit.USAGE
    assert command_line("show", "--data", data, "--from", "yesterday").returncode == Exit.USAGE
    target = tmp_path / "log.jsonl"
    assert command_line("export", str(target), "--data", data).returncode == Exit.OK
    assert len(target.read_text().splitlines()) == json.loads(command_line("verify", "--data", data, "--json").stdout)["rows"]
    sheet = command_line("sheet", "--data", data)
    (tmp_path / "sheet.txt").write_text(sheet.stdout)
    assert command_line("verify", "--data", data, "--head", str(tmp_path / "sheet.txt")).returncode == Exit.OK
    assert command_line("verify", "--data", str(tmp_path / "nothing")).returncode == Exit.STORE
