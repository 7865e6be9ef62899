"""Patrols at a real station: published and imported by commands, walked beside a live value, a wand by serial, a fall in the middle."""

import os
import signal
import tty
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from cityops_desktop.audit.verify import verify
from cityops_desktop.clock import SystemClock
from cityops_desktop.errors import Exit
from cityops_desktop.link.duty.patrol import PatrolPage, PatrolSheet, RoundDetail
from cityops_desktop.model.ids import uuid7
from tests.core.cli.test_commands import cityops
from tests.peers.station import PASSWORD, ROOM, StationPeer, slave

FILE = """
templates:
  - code: climate
    group: environment
    name: 环境
    items:
      - {id: temp, kind: reading, name: 温度, unit: °C, low: 18, high: 40, point: a.temp, tolerance: 1}
      - {id: smell, kind: check, name: {zh: 无异味, en: No smell}}
routes:
  - code: main
    name: {zh: 主巡检, en: Main round}
    stops:
      - {id: a, name: A, kind: device, ref: a, code: T-1, expects: wand, templates: [climate]}
"""


def ask(peer: StationPeer, session: str, path: str, **asked: Any) -> bytes:
    assert peer.client is not None
    answer = peer.client.get(f"/api/v1/duty/patrol{path}", params=asked, headers=peer.headers(session))
    assert answer.status_code == 200, answer.text
    return answer.content


def draft(sheet: PatrolSheet, value: float) -> dict[str, Any]:
    now = SystemClock().wall()
    answers: list[dict[str, Any]] = [{"item": "temp", "state": "ok", "value": value}, {"item": "smell", "state": "not_ok"}]
    where = {"stop": "a", "template": "climate", "time": now}
    whole = {"kind": "patrol.submit", "id": uuid7(now), "route": sheet.route.id, "templates": sheet.templates}
    return {**whole, "begun": now - 60_000, "ended": now, "answers": [one | where for one in answers]}


def test_published_walked_proved_and_never_half_taken(tmp_path: Path) -> None:
    (tmp_path / "patrol.yaml").write_text(FILE, "utf-8")
    master, port = os.openpty()
    tty.setraw(port)
    with slave() as device:
        room = ROOM.format(port=device.port) + f"wands:\n  - {{id: w1, port: {os.ttyname(port)}, columns: {{code: 1, time: 2}}}}\n"
        (tmp_path / "room.yaml").write_text(room, "utf-8")
        peer = StationPeer(tmp_path / "room.yaml", tmp_path / "data")
        try:
            peer.wait_ready()
            walked(peer, tmp_path, master)
        finally:
            peer.stop()
            os.close(master)
            os.close(port)
    assert verify(tmp_path / "data", SystemClock()).findings == []


def walked(peer: StationPeer, folder: Path, master: int) -> None:
    session = peer.duty()
    admin = peer.login("root")
    engineer = {"kind": "account.create", "name": "ed", "display": "Ed", "password": PASSWORD, "roles": ["engineer"]}
    assert peer.act(admin, engineer)["outcome"] == "done"
    published = cityops(
        "patrol", "publish", folder / "patrol.yaml", "--as", "ed", "--password-stdin", "--data", peer.data, said=f"{PASSWORD}\n"
    )
    assert published.returncode == Exit.OK and "main: version 1" in published.stdout, published.stderr
    peer.until(lambda state: any(one.value == 25.0 for one in state.live), "a reading")
    sheet = PatrolSheet.model_validate_json(ask(peer, session, "/sheet", route=page(peer, session).routes[0].id))
    assert sheet.stops[0].parts[0].items[0].point == "a.temp"

    first = draft(sheet, 25.5)
    told = peer.act(session, first)
    assert told["data"]["orders"] == 1
    detail = RoundDetail.model_validate_json(ask(peer, session, f"/rounds/{told['data']['round']}"))
    assert (detail.answers[0].live, detail.answers[0].difference, detail.answers[0].quality) == (25.0, 0.5, "good")
    assert [(one.way, one.doubt) for one in detail.marks] == [("none", "missing")]

    peer.until(lambda _: [one.state for one in page(peer, session).wands] == ["open"], "the wand's port")
    os.write(master, f"T-1,{local(first['ended'])}\r\n".encode())
    where = f"/rounds/{told['data']['round']}"
    peer.until(lambda _: RoundDetail.model_validate_json(ask(peer, session, where)).round.presence == "wand", "the wand's line")

    (folder / "wand.csv").write_text(f"code,time\nT-9,{local(first['ended'])}\nT-9,never\n", "utf-8")
    whose = ("--as", "zhang", "--password-stdin", "--data", peer.data)
    imported = cityops("patrol", "import", folder / "wand.csv", *whose, said=f"{PASSWORD}\n")
    assert imported.returncode == Exit.WRONG and "1 lines taken" in imported.stdout and "wand.csv:3" in imported.stderr, imported.stderr

    (folder / "other.txt").write_text("wand 7\n1.9.2026 08:00:00;T-9\n", "utf-8")
    options = ("--columns", "time=1,code=2", "--separator", "semicolon", "--form", "%d.%m.%Y %H:%M:%S", "--head", 1)
    named = cityops("patrol", "import", folder / "other.txt", *options, *whose, said=f"{PASSWORD}\n")
    assert named.returncode == Exit.OK and "1 lines taken, 0 were known" in named.stdout, named.stderr

    drafts, taken = [draft(sheet, 25.0) for _ in range(8)], 0
    for number, one in enumerate(drafts):
        if number == 5:
            os.kill(peer.child(), signal.SIGKILL)
        try:
            taken += peer.act(session, one)["outcome"] == "done"
        except (httpx.TransportError, OSError, KeyError, ValueError):
            break
    peer.wait_ready()
    session = peer.login("zhang")
    held = {one.id for one in page(peer, session).rounds}
    assert taken < len(held) + 1 and held <= {first["id"], *(one["id"] for one in drafts)}
    for one in (*drafts, *drafts):
        assert peer.act(session, one)["data"]["round"] == one["id"]
    assert {one.id for one in page(peer, session).rounds} == {first["id"], *(one["id"] for one in drafts)}


def page(peer: StationPeer, session: str) -> PatrolPage:
    return PatrolPage.model_validate_json(ask(peer, session, ""))


def local(time: int) -> str:
    """A time as a wand in Shanghai writes it."""
    return f"{datetime.fromtimestamp(time / 1000, ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M:%S}"


def test_a_file_with_mistakes_is_told_line_by_line(tmp_path: Path) -> None:
    (tmp_path / "patrol.yaml").write_text(FILE.replace("kind: check", "kind: chek"), "utf-8")
    told = cityops("patrol", "check", tmp_path / "patrol.yaml")
    assert told.returncode == Exit.CONFIGURATION and "patrol.yaml:8: “kind” cannot be" in told.stderr, told.stderr
    (tmp_path / "wand.csv").write_bytes(b"\xff\x00")
    assert cityops("patrol", "import", tmp_path / "wand.csv", "--as", "x", "--password-stdin", said="x\n").returncode == Exit.USAGE
