"""What the demo's people do: sound acts at any time of the day and in both languages, no hole, nothing due at once, no end by a refusal."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from pydantic import TypeAdapter

from cityops_desktop.cli import demoduty
from cityops_desktop.cli.demo import PEOPLE
from cityops_desktop.cli.demoduty import DemoDuty, begin_duty
from cityops_desktop.duty.roster import Plan, Roster
from cityops_desktop.link.acts import AnyAct
from cityops_desktop.model.points import Group
from cityops_desktop.texts import speaking

ZONE = ZoneInfo("Asia/Shanghai")
NIGHT, MORNING, EVENING = (datetime(2026, 11, 23, hour, 20, tzinfo=ZONE) for hour in (3, 10, 22))
ACCOUNTS = {name: f"account-{name}" for name, _, _ in PEOPLE}
MADE = [{"name": name, "display": display, "password": "p", "roles": [role]} for name, display, role in PEOPLE]


def acts(now: datetime, kind: str = "") -> list[dict[str, Any]]:
    return [act for _, act in DemoDuty(now, ACCOUNTS).acts() if act["kind"].startswith(kind)]


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("now", [NIGHT, MORNING, EVENING])
def test_every_act_is_one_of_the_api_and_says_that_it_is_a_demonstration(now: datetime, language: str) -> None:
    with speaking(language):
        given = acts(now)
    for act in given:
        TypeAdapter(AnyAct).validate_python(act)
        if act["kind"] not in ("patrol.take_over", "duty.sign_in"):
            assert ("演示" if language == "zh_CN" else "DEMO") in json.dumps(act, ensure_ascii=False)
    assert all(language == "zh_CN" or act["kind"] == "patrol.route" or json.dumps(act, ensure_ascii=False).isascii() for act in given)


@pytest.mark.parametrize("now", [NIGHT, MORNING, EVENING])
def test_somebody_is_there_at_any_time_from_now_on(now: datetime) -> None:
    plans = [Plan.model_validate(act["plan"]) for act in acts(now, "duty.plan")]
    roster, wall = Roster(plans, (), ZONE), round(now.timestamp() * 1000)
    assert roster.posts == ["crew", "leader"]
    assert roster.holes(wall, wall + 31 * 86_400_000) == []
    running = roster.turn("crew", wall)
    if now is NIGHT:
        assert running is None and not roster.wanted("crew", wall)
        assert [act["kind"] for act in acts(now, "duty.sign")] == ["duty.sign_in"], "whoever made the plan keeps the room"
    else:
        assert running is not None and roster.holders(running, wall) == [ACCOUNTS["li"]]
        assert [act["kind"] for act in acts(now, "duty.sign")] == ["duty.sign_in", "duty.sign_in", "duty.sign_out"]
        assert acts(now, "duty.sign_out")[0]["relief"] == ACCOUNTS["li"]


def test_nothing_is_due_today() -> None:
    tomorrow = f"{MORNING.date() + timedelta(days=1)}"
    [maintenance] = acts(MORNING, "maintenance.plan")
    days = [act["first"] for kind in ("cleaning.plan", "rotation.plan") for act in acts(MORNING, kind)]
    days += [plan["first"] for plan in maintenance["plans"]]
    assert min(days) >= tomorrow
    assert {act["place"] for act in acts(MORNING, "cleaning")} == {"room", "duty_room", "around"}
    assert {Group.UPS, Group.AIR_CONDITIONING, Group.FIRE_PROTECTION} <= {Group(plan["group"]) for plan in maintenance["plans"]}


class Station:
    """Answers as a station does; refuses one kind of act."""

    def __init__(self, refuses: str = "") -> None:
        self.refuses, self.given, self.sessions = refuses, list[str](), 0

    def client(self, data: Path) -> httpx.Client:
        return httpx.Client(base_url="http://station", transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/api/v1/session":
            self.sessions += 1 if request.method == "POST" else -1
            return httpx.Response(200, json={"token": "t"})
        if path == "/api/v1/commands":
            self.given.append(json.loads(request.content)["act"]["kind"])
            refused = self.given[-1] == self.refuses
            told = {"outcome": "refused", "code": "no_right"} if refused else {"outcome": "done", "code": ""}
            return httpx.Response(200, json={**told, "params": {}})
        if path == "/api/v1/duty/roster":
            return httpx.Response(200, json={"people": [{"id": name, "name": display} for name, display, _ in PEOPLE]})
        return httpx.Response(200, json={"room": {"timezone": "Asia/Shanghai"}})


def test_a_refusal_is_a_line_and_the_rest_is_done(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    station, said = Station(refuses="patrol.route"), list[str]()
    monkeypatch.setattr(demoduty, "connect", station.client)
    begin_duty(tmp_path, MADE, said.append)
    assert len(said) == 1 and said[0].startswith("patrol.route: ")
    assert station.given[-1] == "maintenance.plan" and station.sessions == 0


def test_without_a_station_it_says_so_in_a_line(tmp_path: Path) -> None:
    said = list[str]()
    begin_duty(tmp_path, MADE, said.append)
    assert len(said) == 1 and "\n" not in said[0]
