"""A whole station tells people: an alarm goes by modem, mail and robot, a reply acknowledges it, receipts stand on its time line, and a
killed station neither forgets nor doubles what it told."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cityops_desktop.link.notify import Timeline, TimelineStep, WaysPage
from tests.conftest import FakeClock
from tests.peers.modem import SimModem
from tests.peers.notifyservers import Letters, Lines, Posts, http, smtp, syslog
from tests.peers.station import PASSWORD, PATIENCE, ROOM, Slave, StationPeer, slave

NUMBER = "+8613800123456"
NOTIFY = """notify:
  language: en
  ways:
    - {{id: phone, kind: modem, port: {modem}}}
    - {{id: mail, kind: mail, host: 127.0.0.1, port: {mail}, tls: none, from: room@example.cn}}
    - {{id: robot, kind: dingtalk, url: {robot}}}
    - {{id: log, kind: syslog, host: 127.0.0.1, port: {log}, transport: tcp}}
  calls:
    - id: zhang
      name: {{zh: 张工, en: Zhang}}
      account: zhang
      phone: "{number}"
      mail: zhang@example.cn
      ended: true
      steps: [{{way: phone, after: 0}}, {{way: mail, level: major, after: 0}}, {{way: robot, after: 0.02, level: major}}]
    - {{id: li, mail: li@example.cn, steps: [{{way: mail, after: 5}}]}}
"""
MODEM = """
  - {id: modem, driver: modem, way: phone}
devices:
  - id: m1
    bus: modem
    points: [{id: signal, kind: analog, unit: dBm, what: signal}, {id: registered, kind: digital, what: registration}]
"""


@dataclass
class House:
    peer: StationPeer
    equipment: Slave
    modem: SimModem
    letters: Letters
    posts: Posts
    lines: Lines

    def get(self, path: str, session: str | None = None) -> Any:
        assert self.peer.client is not None
        answer = self.peer.client.get(path, headers=self.peer.headers(session))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def timeline(self, id: str) -> list[TimelineStep]:
        return Timeline.model_validate(self.get(f"/api/v1/alarms/{id}/timeline")).steps

    def messages(self, id: str) -> dict[tuple[str, str], str]:
        return {(step.way, step.about): str(step.state) for step in self.timeline(id) if step.kind == "message"}

    def alarm(self, key: str) -> Any:
        found = [alarm for alarm in self.peer.state().alarms if alarm.key == key]
        return found[-1] if found else None

    def sms(self) -> list[str]:
        """Whole messages that the network took, their parts joined."""
        whole: dict[object, list[str]] = {}
        for n, taken in enumerate(self.modem.taken):
            whole.setdefault(("part", taken.part[0]) if taken.part else n, []).append(taken.text)
        return ["".join(parts) for parts in whole.values()]

    def first_code(self) -> str:
        """The code of the first message, once all of it is out."""
        text = self.until(lambda: [text for text in self.sms() if "acknowledge this one alarm." in text], "the SMS")[0]
        return str(next(word for word in text.split() if word.isdecimal() and len(word) == 6))

    def until(self, so: Callable[[], Any], what: str) -> Any:
        end = time.monotonic() + PATIENCE
        while not (found := so()):
            assert time.monotonic() < end, (what, self.peer.errors, self.modem.heard[-10:])
            time.sleep(0.05)
        return found


@contextmanager
def a_house(folder: Path, **more: Any) -> Iterator[House]:
    modem = SimModem()
    try:
        with slave() as equipment, smtp() as letters, http() as posts, syslog() as lines:
            told = NOTIFY.format(modem=modem.path, mail=letters.port, robot=posts.url, log=lines.port, number=NUMBER)
            text = ROOM.format(port=equipment.port).replace("\ndevices:\n", MODEM)
            (folder / "room.yaml").write_text(text + told, "utf-8")
            data = folder / "data"
            data.mkdir(mode=0o700)
            (data / "notify-secrets").write_text('{"robot": "token SECx"}')
            (data / "notify-secrets").chmod(0o600)
            peer = StationPeer(folder / "room.yaml", data, **more)
            try:
                yield House(peer.wait_ready(), equipment, modem, letters, posts, lines)
            finally:
                peer.stop()
    finally:
        modem.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path) as made:
        yield made


def reply(text: str) -> str:
    """From the number, in UCS-2."""
    coded = text.encode("utf-16-be")
    return f"00040D91683108103254F6000862901213141523{len(coded):02X}{coded.hex().upper()}"


def test_an_alarm_is_told_by_every_way_acknowledged_by_a_reply_and_all_of_it_stands_on_its_time_line(house: House) -> None:
    house.peer.duty()
    house.equipment.set(20, 1)
    code = house.first_code()
    assert {taken.number for taken in house.modem.taken} == {NUMBER}
    assert house.sms()[0].startswith("Critical: a ")
    (letter,) = house.until(lambda: house.letters.taken, "the mail")
    assert letter.rcpt_tos == ["zhang@example.cn"]
    (post,) = house.until(lambda: house.posts.taken, "the robot")
    assert post.query["access_token"] == "token"
    alarm = house.alarm("a.wet#state1")
    house.until(lambda: house.messages(alarm.id).get(("phone", "alarm")) == "sent", "the receipt")
    for taken in list(house.modem.taken):
        house.modem.report(taken.reference, NUMBER)
    house.until(lambda: house.messages(alarm.id).get(("phone", "alarm")) == "delivered", "the report")
    assert house.until(lambda: [line for line in house.lines.heard if alarm.id.encode() in line], "the syslog")[0].startswith(b"<129>1 ")

    house.modem.bring(reply("000000" if code != "000000" else "000001"))
    house.until(lambda: len(house.sms()) == 2, "the answer to a wrong code")
    assert house.sms()[1].startswith("Not acknowledged")
    assert house.alarm("a.wet#state1").unseen
    house.modem.bring(f"{reply(code)}")
    house.until(lambda: not house.alarm("a.wet#state1").unseen, "the acknowledge")
    assert house.alarm("a.wet#state1").actor_name == "张工 (SMS)"
    house.until(lambda: len(house.sms()) == 3, "the answer")
    assert house.sms()[2] == "Acknowledged: 张工 (SMS)"
    assert house.messages(alarm.id) == {("phone", "alarm"): "acknowledged", ("mail", "alarm"): "sent", ("robot", "alarm"): "sent"}

    house.equipment.set(20, 0)
    house.until(lambda: house.messages(alarm.id).get(("phone", "ended")), "the end")
    steps = house.timeline(alarm.id)
    assert [step.kind for step in steps if step.kind != "message"] == [
        "alarm.raised",
        "alarm.acknowledged",
        "alarm.returned",
        "alarm.ended",
    ]
    assert [step.actor_name for step in steps if step.kind == "alarm.acknowledged"] == ["张工 (SMS)"]
    admin = house.peer.login("root")
    records = house.get("/api/v1/audit?kind=act.refused", admin)
    assert "reply_wrong_code" in json.dumps(records)
    told = json.dumps(house.get("/api/v1/audit", admin))
    assert code not in told
    assert NUMBER not in told


def test_a_reply_from_somebody_else_is_refused_and_gets_no_answer(house: House) -> None:
    house.peer.duty()
    house.equipment.set(20, 1)
    code = house.first_code()
    house.modem.bring(reply(code).replace("683108103254F6", "683108103254F7"))
    house.until(lambda: not house.modem.stored, "it is read")
    admin = house.peer.login("root")
    house.until(lambda: "reply_unknown_number" in json.dumps(house.get("/api/v1/audit?kind=act.refused", admin)), "the record")
    assert house.alarm("a.wet#state1").unseen
    assert len(house.sms()) == 1


def test_the_modem_is_a_device_and_its_death_is_one_alarm_that_returns(house: House) -> None:
    house.peer.until(lambda copy: [live.value for live in copy.live if live.key == "m1.signal"] == [-73.0], "the signal")
    house.modem.answers = {"AT+CSQ": "ERROR", "submit": "+CMS ERROR: 38"}
    house.equipment.set(20, 1)
    house.until(lambda: house.alarm("station#notify:phone"), "the alarm of the way")
    alarm = house.alarm("a.wet#state1")
    assert len([one for one in house.peer.state().alarms if one.key == "station#notify:phone"]) == 1
    assert house.until(lambda: house.letters.taken, "the mail goes all the same")
    page = WaysPage.model_validate(house.get("/api/v1/notify/ways"))
    assert {way.id: way.state for way in page.ways}["phone"] == "failed"
    assert NUMBER not in page.model_dump_json()
    house.modem.answers = {}
    house.until(lambda: house.messages(alarm.id).get(("phone", "alarm")) == "sent", "it goes out when the modem is well again")
    house.until(lambda: not house.alarm("station#notify:phone").standing, "the alarm returns")


def test_a_killed_station_neither_forgets_nor_doubles(tmp_path: Path) -> None:
    with a_house(tmp_path, cold=True) as house:
        house.modem.answers = {"submit": "+CMS ERROR: 38"}
        house.equipment.set(20, 1)
        alarm = house.until(lambda: house.alarm("a.wet#state1"), "the alarm")
        house.until(lambda: house.messages(alarm.id).get(("mail", "alarm")) == "sent", "the mail")
        house.until(lambda: house.messages(alarm.id).get(("robot", "alarm")) == "sent", "the robot")
        assert house.messages(alarm.id)[("phone", "alarm")] == "queued"
        os.kill(house.peer.child(), signal.SIGKILL)
        house.peer.wait_ready()
        house.modem.answers = {}
        house.until(lambda: house.messages(alarm.id).get(("phone", "alarm")) == "sent", "the SMS of the run before")
        assert len(house.sms()) == 1
        assert len(house.letters.taken) == len(house.posts.taken) == 1
        assert [step.kind for step in house.timeline(alarm.id)].count("message") == 3


def test_a_test_message_and_secrets_at_the_command_line(house: House, clock: FakeClock) -> None:
    house.peer.first_administrator()
    admin = house.peer.login("root")
    account = {"kind": "account.create", "name": "eng", "display": "工", "password": PASSWORD, "roles": ["engineer"]}
    assert house.peer.act(admin, account)["outcome"] == "done"
    told = command(house, "test", "phone", "--as", "eng", "--password-stdin", given=PASSWORD)
    assert (told.returncode, told.stdout) == (0, "sent\n"), told
    assert house.sms()[0].startswith("TEST: a message of Test room, asked for by 工")
    assert command(house, "test", "phone", "--by", "call", "--as", "eng", "--password-stdin", given=PASSWORD).stdout == "delivered\n"
    house.posts.answers = [(200, b'{"errcode": 310000, "errmsg": "no"}')]
    refused = command(house, "test", "robot", "--as", "eng", "--password-stdin", given=PASSWORD)
    assert refused.returncode == 8
    assert "310000" in refused.stderr
    assert command(house, "secret", "set", "mail", given="hidden word").stdout == "kept\n"
    assert command(house, "secret", "list").stdout == "mail\nrobot\n"
    kept = house.peer.data / "notify-secrets"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert json.loads(kept.read_text())["mail"] == "hidden word"
    assert command(house, "secret", "set", "mail", given="").stdout == "taken away\n"
    ways = command(house, "ways")
    assert "phone  modem  works" in ways.stdout
    assert "hidden" not in ways.stdout + ways.stderr


def command(house: House, *arguments: str, given: str = "") -> "subprocess.CompletedProcess[str]":
    line = [sys.executable, "-m", "cityops_desktop", "notify", *arguments, "--data", str(house.peer.data)]
    environment = {**os.environ, "CITYOPS_LANG": "en"}
    return subprocess.run(line, input=given + "\n", capture_output=True, text=True, timeout=60, env=environment, check=False)


def test_a_self_test_sends_by_every_way_and_says_what_is_proven(house: House) -> None:
    session = house.peer.duty()
    assert house.peer.act(session, {"kind": "alarm.selftest"})["outcome"] == "done"

    def reported() -> Any:
        for taken in list(house.modem.taken):
            house.modem.report(taken.reference, NUMBER)
        (test,) = house.peer.state().station.self_tests
        steps = {step.name: step for step in test.steps}
        return steps if all(step.outcome is not None for name, step in steps.items() if ":" in name) else None

    steps = house.until(reported, "its end")
    told = {name: (str(step.outcome), step.code) for name, step in steps.items() if ":" in name}
    assert told == {
        "sms:phone": ("ok", "delivered"),
        "mail:mail": ("ok", "accepted"),
        "robot:robot": ("ok", "accepted"),
        "syslog:log": ("ok", "accepted"),
    }
    assert all(text.startswith("TEST") for text in house.sms())
    assert [step.kind for step in house.timeline(house.alarm("station#selftest").id)].count("message") == 0
