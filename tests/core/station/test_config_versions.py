"""Real stations: drafts, applying, rolling back, changes at run time, falls in between, and the command line."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from cityops_desktop.errors import Exit
from cityops_desktop.link.messages import Copy
from cityops_desktop.model.alarms import AlarmState, Cause
from cityops_desktop.store.schema import change, config_version
from cityops_desktop.store.sqlite import reading_engine
from tests.peers import warm
from tests.peers.station import NO_TLS, PASSWORD, PATIENCE, Slave, StationPeer, slave, station, write_room

MORE = ("- {id: still,", "- {id: more, kind: analog, table: holding, address: 31, type: uint16}\n      - {id: still,")
HIGH = "limit:a.temp#high"


@pytest.fixture
def device() -> Iterator[Slave]:
    with slave() as running:
        yield running


@pytest.fixture
def peer(tmp_path: Path, device: Slave) -> Iterator[StationPeer]:
    with station(tmp_path, device.port) as running:
        yield running


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StationPeer, str]]:
    """A station and a session of its engineer, for tests that add no version."""
    with slave() as running, station(tmp_path_factory.mktemp("house"), running.port) as peer:
        yield peer, engineer(peer)


def engineer(peer: StationPeer) -> str:
    """A session of an engineer, made by the first administrator."""
    peer.first_administrator()
    account = {"kind": "account.create", "name": "eng", "display": "工程师", "password": PASSWORD, "roles": ["engineer"]}
    assert peer.act(peer.login("root"), account)["outcome"] == "done"
    return peer.login("eng")


def edited(peer: StationPeer, *changes: tuple[str, str]) -> str:
    text = (peer.data.parent / "room.yaml").read_text("utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return text


def draft(peer: StationPeer, session: str, text: str) -> dict:
    assert peer.client is not None
    answer = peer.client.put("/api/v1/config/draft", headers=peer.headers(session), json={"files": {"room.yaml": text}})
    assert answer.status_code == 200, answer.text
    return answer.json()


def apply(peer: StationPeer, session: str, text: str, why: str = "test") -> dict:
    review = draft(peer, session, text)
    return peer.act(session, {"kind": "config.apply", "digest": review["digest"], "base": review["base"], "why": why})


def get(peer: StationPeer, session: str, path: str) -> httpx.Response:
    assert peer.client is not None
    return peer.client.get(path, headers=peer.headers(session))


def page(peer: StationPeer, session: str) -> dict:
    return get(peer, session, "/api/v1/config").json()


def keys(copy: Copy) -> list[str]:
    return [point.key for point in copy.room.points]


def alarm(copy: Copy, key: str = "a.temp#high"):
    return next((alarm for alarm in copy.alarms if alarm.key == key and alarm.state is not AlarmState.NORMAL), None)


def test_a_draft_is_reviewed_applied_and_rolled_back_without_a_restart_alarm(peer: StationPeer):
    session = engineer(peer)
    review = draft(peer, session, edited(peer, MORE, ("high: 30", "high: 31")))
    assert review["counts"] == {"point added": 1, "limit changed": 1, "file changed": 1}
    assert review["problems"] == [] and review["base"] == 1
    assert keys(peer.state()) == ["a.temp", "a.wet", "a.still"], "a review changes nothing"
    done = peer.act(session, {"kind": "config.apply", "digest": review["digest"], "base": 1, "why": "one more point"})
    assert (done["outcome"], done["data"]) == ("done", {"version": 2})
    state = peer.wait_ready().until(lambda copy: any(live.key == "a.more" and live.quality == "good" for live in copy.live), "the point")
    assert (state.station.config, state.station.restarts, state.station.restart_reason) == (2, 0, "configuration 2")
    assert [one for one in state.alarms if one.subject == "station"] == []
    assert state.room.points[0].limits[0].value == 31
    newest = page(peer, session)["versions"][0]
    assert (newest["kind"], newest["actor_name"], newest["why"], newest["counts"]) == (
        "apply",
        "工程师",
        "one more point",
        review["counts"],
    )
    assert page(peer, session)["file_differs"] is True
    assert peer.act(session, {"kind": "config.rollback", "number": 1, "base": 2, "why": "back"})["data"] == {"version": 3}
    state = peer.wait_ready().state()
    assert (keys(state), state.station.config) == (["a.temp", "a.wet", "a.still"], 3)
    files = [get(peer, session, f"/api/v1/config/versions/{number}/files").json()["files"] for number in (1, 3)]
    assert files[0] == files[1] == {"room.yaml": (peer.data.parent / "room.yaml").read_text("utf-8")}
    told = get(peer, session, "/api/v1/config/versions/2/diff?with=1").json()
    assert told["counts"] == review["counts"] and told["differences"][0]["id"] == "a.more"


def test_what_cannot_be_applied_is_refused_and_changes_nothing(peer: StationPeer):
    session = engineer(peer)
    wrong = draft(peer, session, edited(peer, ("kind: digital", "kind: digitl")))
    assert wrong["problems"][0]["where"] == "room.yaml:12"
    apply_wrong = {"kind": "config.apply", "digest": wrong["digest"], "base": 1, "why": "x"}
    assert peer.act(session, apply_wrong)["code"] == "no_such_draft"
    demo = draft(peer, session, edited(peer, ("id: r1,", "id: r1, origin: demo,")))
    assert demo["problems"][0]["params"] == {"held": "real", "asked": "demo"}
    same = apply(peer, session, edited(peer))
    assert same["code"] == "nothing_changes"
    review = draft(peer, session, edited(peer, MORE))
    assert peer.act(session, {"kind": "config.override", "id": HIGH, "value": {"value": 35}, "base": 1, "why": "x"})["outcome"] == "done"
    late = {"kind": "config.apply", "digest": review["digest"], "base": 1, "why": "x"}
    assert peer.act(session, late)["code"] == "base_changed"
    assert peer.act(session, {**late, "base": 2})["code"] == "base_changed", "it was reviewed against another version"
    assert peer.act(session, {"kind": "config.rollback", "number": 9, "base": 2, "why": "x"})["code"] == "no_such_version"
    assert peer.act(session, {"kind": "config.rollback", "number": 2, "base": 2, "why": "x"})["code"] == "nothing_changes"
    assert [one["number"] for one in page(peer, session)["versions"]] == [2, 1]
    # a draft that is well by itself, and that the override of 35 makes senseless
    low = ("{id: top,", "{id: low, level: minor, low: 34}, {id: top,")
    told = draft(peer, session, edited(peer, low, ("{id: high, level: major, high: 30", "{id: high, level: major, high: 36")))
    assert told["problems"] == []
    low = ("{id: top,", "{id: low, level: minor, low: 35.5}, {id: top,")
    told = draft(peer, session, edited(peer, low, ("{id: high, level: major, high: 30", "{id: high, level: major, high: 36")))
    assert [problem["where"] for problem in told["problems"]] == [HIGH]


def test_only_who_may_can_look_and_draft(peer: StationPeer):
    assert peer.client is not None
    assert peer.client.get("/api/v1/config").json()["code"] == "setup_required"
    duty = peer.duty()
    assert get(peer, duty, "/api/v1/config").status_code == 200
    refused = peer.client.put("/api/v1/config/draft", headers=peer.headers(duty), json={"files": {"room.yaml": "x"}})
    assert (refused.status_code, refused.json()["code"]) == (403, "no_right")
    for kind, act in ACTS.items():
        assert peer.act(duty, {"kind": kind, "why": "x", "base": 1, **act})["code"] == "no_right"
    assert peer.client.get("/api/v1/config").json()["code"] == "not_logged_in"
    assert get(peer, duty, "/api/v1/config/versions/7/files").status_code == 404
    assert get(peer, duty, "/api/v1/config/versions/0/files").status_code == 422


ACTS = {
    "config.apply": {"digest": "0" * 64},
    "config.rollback": {"number": 1},
    "config.override": {"id": HIGH, "value": {"value": 1}},
    "config.reset": {"id": HIGH},
}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"files": {}}', b'{"files": {"room.yaml": 1}}', b"\xff" * 100, b"[" * 100_000])
def test_drafts_that_are_none_are_refused(house: tuple[StationPeer, str], body: bytes):
    peer, session = house
    assert peer.client is not None
    answer = peer.client.put("/api/v1/config/draft", headers=peer.headers(session), content=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_request")


def test_a_draft_that_is_too_large_is_refused(house: tuple[StationPeer, str]):
    peer, session = house
    assert peer.client is not None
    large = {"files": {"room.yaml": "x" * 8_000_000}}
    assert peer.client.put("/api/v1/config/draft", headers=peer.headers(session), json=large).status_code == 413


def test_a_changed_limit_takes_effect_at_once_and_consoles_get_a_new_copy(peer: StationPeer, device: Slave):
    session = engineer(peer)
    boot = peer.state().station.boot
    device.set(10, 350)
    peer.until(alarm, "the alarm")
    copies: list[Copy] = []
    assert peer.client is not None
    with peer.client.stream("GET", "/api/v1/stream") as stream:
        lines = stream.iter_lines()

        def next_copy() -> Copy:
            event = ""
            for line in lines:
                event = line if line.startswith("event: ") else event
                if line.startswith("data: ") and event == "event: copy":
                    return Copy.model_validate_json(line[6:])
            raise AssertionError("the stream ended")

        copies.append(next_copy())
        with httpx.Client(base_url=peer.url, headers=dict(peer.client.headers), verify=NO_TLS, trust_env=False) as other:
            act = {"kind": "config.override", "id": HIGH, "value": {"value": 36, "level": 1}, "base": 1, "why": "summer"}
            body = {"id": "override-1", "deadline": peer.state().now + 30_000, "act": act}
            assert other.post("/api/v1/commands", json=body, headers=peer.headers(session)).json()["data"] == {"version": 2}
        copies.append(next_copy())
    assert [one.room.points[0].limits[0].value for one in copies] == [30, 36]
    assert [one.station.config for one in copies] == [1, 2]
    assert copies[0].room.version != copies[1].room.version
    state = peer.until(lambda copy: (one := alarm(copy)) and one.state is AlarmState.RETURNED, "the alarm returns")
    assert state.station.boot == boot, "without a new start"
    told = page(peer, session)["overrides"]
    assert [(one["id"], one["value"], one["default"], one["why"]) for one in told] == [
        (HIGH, {"value": 36, "level": 1}, {"value": 30, "level": 2}, "summer")
    ]
    assert "high: 36" in get(peer, session, "/api/v1/config/effective").text
    assert peer.act(session, {"kind": "config.reset", "id": HIGH, "base": 2, "why": "winter"})["data"] == {"version": 3}
    peer.until(lambda copy: (one := alarm(copy)) and one.state is AlarmState.UNACKNOWLEDGED, "the alarm again")
    assert page(peer, session)["overrides"] == []


def test_overrides_hold_after_a_start_and_over_another_file(tmp_path: Path, device: Slave):
    with station(tmp_path, device.port) as peer:
        session = engineer(peer)
        peer.act(session, {"kind": "config.override", "id": HIGH, "value": {"value": 36}, "base": 1, "why": "x"})
        peer.until(lambda copy: copy.station.config == 2, "the override")
        apply(peer, session, edited(peer, MORE))
        assert peer.wait_ready().state().room.points[0].limits[0].value == 36
    again = StationPeer(tmp_path / "room.yaml", tmp_path / "data").wait_ready()
    try:
        state = again.state()
        assert (state.station.config, state.room.points[0].limits[0].value, len(state.room.points)) == (3, 36, 4)
    finally:
        again.stop()


def test_a_demo_started_again_with_other_ports_takes_them(tmp_path: Path, device: Slave):
    room = write_room(tmp_path, 1)
    text = room.read_text("utf-8").replace("id: r1,", "id: r1, origin: demo,")
    numbers = []
    for port in (1, device.port):
        room.write_text(text.replace("port: 1}", f"port: {port}}}"), "utf-8")
        peer = StationPeer(room, tmp_path / "data").wait_ready()
        try:
            numbers.append(peer.state().station.config)
            if port == device.port:
                peer.until(lambda copy: any(live.value == 25.0 for live in copy.live), "a value of the new port")
        finally:
            peer.stop()
    assert numbers == [1, 2]


CRASHING = """
import os, stat, sys
from pathlib import Path
import cityops_desktop.cli.station as cli
script = Path({folder!r}) / "python"
script.write_text('''#!/bin/bash
shift 2
exec {python} -c "
import cityops_desktop.station.run as run
made = run.Station.__init__
def bad(self, data, settled, *more):
    made(self, data, settled, *more)
    if settled.version.number == 2: raise RuntimeError('this version does not come up')
run.Station.__init__ = bad
from cityops_desktop.__main__ import main
raise SystemExit(main())" "$@"
''')
script.chmod(0o700)
class Sys:
    executable, stdout = str(script), sys.stdout
cli.sys = Sys
"""


def test_a_version_that_does_not_come_up_gives_way_to_the_one_before(tmp_path: Path, device: Slave):
    program = CRASHING.format(folder=str(tmp_path), python=sys.executable)
    with station(tmp_path, device.port, program=program) as peer:
        session = engineer(peer)
        (tmp_path / "data" / "config" / "trial.json").write_text('{"proven": 1, "trying": 1, "falls": 0}')
        assert apply(peer, session, edited(peer, MORE))["outcome"] == "done"
        state = peer.wait_ready().until(lambda copy: alarm(copy, "station#config"), "the alarm")
        assert (state.station.config, keys(state)) == (3, ["a.temp", "a.wet", "a.still"])
        failed = alarm(state, "station#config")
        assert failed is not None and (failed.cause, failed.detail) == (Cause.CONFIG_FAILED, "2")
        assert [one["kind"] for one in page(peer, session)["versions"]] == ["rollback", "apply", "first"]


def test_killed_while_it_is_applied_a_version_is_whole_or_not_there(tmp_path: Path, device: Slave):
    chance, confirmed = random.Random(4), 0
    with station(tmp_path, device.port) as peer:
        session = engineer(peer)
        for turn in range(4):
            base = peer.state().station.config
            answers: list[dict] = []
            act = {"kind": "config.override", "id": HIGH, "value": {"value": 31.0 + turn}, "base": base, "why": f"turn {turn}"}
            body = {"id": f"override-{turn}", "deadline": peer.state().now + 30_000, "act": act}
            killer = threading.Timer(chance.random() * 0.03, os.kill, (peer.child(), signal.SIGKILL))
            killer.start()
            try:
                assert peer.client is not None
                answers.append(peer.client.post("/api/v1/commands", json=body, headers=peer.headers(session)).json())
            except httpx.HTTPError:
                pass
            killer.join()
            state = peer.wait_ready().state()
            done = state.station.config == base + 1
            assert state.station.config in (base, base + 1)
            assert done or not answers or answers[0]["outcome"] != "done", "an acknowledged version is lost"
            confirmed += done
            expected = 31.0 + turn if done else None
            assert expected is None or state.room.points[0].limits[0].value == expected
            numbers = [one["number"] for one in page(peer, session)["versions"]]
            assert numbers == list(range(base + done, 0, -1))
    engine = reading_engine(tmp_path / "data" / "records.db", 1)
    with engine.connect() as conn:
        kept = set(conn.execute(select(config_version.c.id)).scalars())
        told = set(conn.execute(select(change.c.subject).where(change.c.subject.startswith("config_version:"))).scalars())
    engine.dispose()
    assert told == {f"config_version:{id}" for id in kept}
    assert len(kept) == 1 + confirmed


def cli(peer: StationPeer, *arguments: str) -> tuple[int, str, str]:
    command = [warm.python(), "-m", "cityops_desktop", "room", *arguments, "--as", "eng", "--data", str(peer.data), "--password-stdin"]
    env = {**os.environ, "CITYOPS_LANG": "en"}
    ended = subprocess.run(command, input=PASSWORD + "\n", capture_output=True, text=True, timeout=PATIENCE * 2, env=env, check=False)
    return ended.returncode, ended.stdout, ended.stderr


def test_the_command_line_reviews_applies_overrides_exports_and_rolls_back(peer: StationPeer, tmp_path: Path):
    engineer(peer)
    room = tmp_path / "room.yaml"
    original = room.read_text("utf-8")
    room.write_text(edited(peer, ("kind: digital", "kind: digitl")), "utf-8")
    code, _, said = cli(peer, "diff", str(room))
    assert code == Exit.CONFIGURATION and f"{room}:12" in said
    room.write_text(original.replace(*MORE), "utf-8")
    code, told, _ = cli(peer, "diff", str(room))
    assert code == 0 and "+ point a.more" in told and "1 points added, 1 files changed" in told
    digest = told.strip().rpartition(" ")[2]
    code, _, said = cli(peer, "apply", str(room), "--why", "more")
    assert code == Exit.REFUSED and digest in said
    assert cli(peer, "apply", str(room), "--why", "more", "--yes", "0" * 64)[0] == Exit.REFUSED
    assert peer.state().station.config == 1
    code, told, said = cli(peer, "apply", str(room), "--why", "more", "--yes", digest)
    assert code == 0 and "version 2" in told, said
    peer.wait_ready().until(lambda copy: copy.station.config == 2, "the version")
    assert cli(peer, "apply", str(room), "--why", "again", "--yes", digest)[1].strip() == "no difference"
    code, _, said = cli(peer, "override", HIGH, "value=50", "level=9", "--why", "x")
    assert code == Exit.REFUSED and "between 1 and 4" in said
    assert cli(peer, "override", HIGH, "value=38.5", "--why", "summer")[0] == 0
    peer.until(lambda copy: copy.station.config == 3, "the override")
    code, told, _ = cli(peer, "show")
    assert code == 0 and f"{HIGH}  value: 30.0 → 38.5" in told and "summer" in told
    assert "high: 38.5" in cli(peer, "show", "--effective")[1]
    assert json.loads(cli(peer, "show", "--effective", "--json")[1])["room"]["id"] == "r1"
    code, told, said = cli(peer, "export", str(tmp_path / "out" / "new.yaml"))
    assert code == 0, said
    assert "high: 38.5" in (tmp_path / "out" / "new.yaml").read_text("utf-8")
    assert cli(peer, "export", str(room))[0] == Exit.CONFIGURATION
    assert cli(peer, "export", str(tmp_path / "one.yaml"), "--version", "1")[0] == 0
    assert (tmp_path / "one.yaml").read_text("utf-8") == original
    assert "~ limit a.temp#high" in cli(peer, "diff", "2", "3")[1]
    assert cli(peer, "reset", HIGH, "--why", "winter")[0] == 0
    assert cli(peer, "rollback", "1", "--why", "back")[0] == 0
    peer.wait_ready().until(lambda copy: copy.station.config == 5, "the first version again")
    code, told, _ = cli(peer, "versions")
    assert [line.split()[0].lstrip("*") or line.split()[1] for line in told.splitlines()[:5]] == [
        "5",
        "4",
        "3",
        "2",
        "1",
    ] or "*   5" in told
    assert "was edited since" in told


def test_the_loop_is_not_held_up_by_a_review(house: tuple[StationPeer, str]):
    """Others are answered while a large draft is read."""
    peer, session = house
    assert peer.client is not None
    points = "".join(f"\n      - {{id: p{n}, kind: analog, table: holding, address: {n + 100}, type: uint16}}" for n in range(600))
    text = edited(peer, ("    points:", f"    points:{points}"))
    reviews: list[dict] = []
    thread = threading.Thread(target=lambda: reviews.append(draft(peer, session, text)))
    thread.start()
    answered = 0
    with httpx.Client(base_url=peer.url, headers=dict(peer.client.headers), verify=NO_TLS, trust_env=False) as other:
        while thread.is_alive():
            answered += other.get("/api/v1/state").is_success
            time.sleep(0.01)
    thread.join()
    assert reviews[0]["counts"]["point added"] == 600
    assert answered > 10
