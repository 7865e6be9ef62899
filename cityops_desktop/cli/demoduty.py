"""What the demo's people do once, so that whoever opens the demo sees a room where people work: a roster, a patrol route, plans, stock.

They are ordinary acts over the API, each in the session of the person who gives it; their contents are in resources/demo/duty.yaml. Writes
nothing around the station, and lets no refusal end the demo.
"""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from ruamel.yaml import YAML

from cityops_desktop.cli.client import ask, connect, post, refused
from cityops_desktop.duty.suggestions import suggestions
from cityops_desktop.errors import Exit, OperatorError
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Outcome
from cityops_desktop.paths import RESOURCES
from cityops_desktop.texts import pick, tr

FILE = RESOURCES / "demo" / "duty.yaml"
DAY_TURN = range(8, 20)
"""The hours of the day turn of the file; before them, on the first day, no turn of the plan runs yet."""
FIRST_DAYS, NEXT_DAYS = 3, 2
"""The first maintenance is due in so many days, each other one so many days later: none at once."""

Act = dict[str, Any]
Said = Callable[[str], None]


class DemoDuty:
    """The acts of the file as they are at a moment: `now` in the room, `accounts` by log-in name."""

    def __init__(self, now: datetime, accounts: Mapping[str, str]) -> None:
        self._now, self._accounts = now, accounts
        self._file = YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))

    def acts(self) -> Iterator[tuple[str, Act]]:
        """Who gives it, and the act; in their order."""
        in_turn = self._now.hour >= DAY_TURN.start
        for step in self._file["acts"]:
            if in_turn or not step.get("in_turn"):
                yield step["by"], self._filled(step["act"])
        yield from ((self._file["cleaning"]["by"], act) for act in self._cleaning())
        yield self._file["maintenance"]["by"], self._maintenance()

    def _cleaning(self) -> Iterator[Act]:
        named = {key: self._filled(self._file["cleaning"][key]) for key in ("cleaner", "firm")}
        for one in suggestions().cleaning:
            rule = one.model_dump(include={"place", "days", "weeks", "begins", "minutes"})
            words = {"area": pick(one.names), "tasks": pick(one.text)}
            yield {"kind": "cleaning.plan", **rule, **words, **named, "first": self._day(1)}

    def _maintenance(self) -> Act:
        mark = self._filled(self._file["maintenance"]["mark"])
        plans = [
            {
                **one.model_dump(mode="json", include={"group", "every", "unit"}),
                "title": pick(one.names) + mark,
                "text": pick(one.text),
                "source": one.id,
                "first": self._day(FIRST_DAYS + NEXT_DAYS * place),
            }
            for place, one in enumerate(suggestions().plans)
        ]
        return {"kind": "maintenance.plan", "plans": plans}

    def _filled(self, value: Any) -> Any:
        match value:
            case {"say": words}:
                return pick(words)
            case {"day": int(days)}:
                return self._day(days)
            case {"account": str(name)}:
                return self._accounts[name]
            case {"place": str(which)}:
                running = self._now.hour < DAY_TURN.stop
                return 0 if running is (which == "running") else 1
            case {"fresh": "id"}:
                return uuid7(self._time())
            case {"now": "time"}:
                return self._time()
            case dict():
                return {key: self._filled(one) for key, one in value.items()}
            case list():
                return [self._filled(one) for one in value]
        return value

    def _day(self, days: int) -> str:
        return f"{self._now.date() + timedelta(days=days)}"

    def _time(self) -> int:
        return round(self._now.timestamp() * 1000)


def begin_duty(data: Path, people: Sequence[Mapping[str, Any]], say: Said) -> None:
    """Give the acts, each as its person. `people` are accounts with name, display and password; what is refused is told in a line."""
    with contextlib.ExitStack() as stack:
        try:
            _give(data, {str(one["name"]): one for one in people}, say, stack)
        except OperatorError as error:
            say(tr("The demo's people have not planned all that they wanted to: {reason}", reason=_reason(error)))


def _give(data: Path, people: Mapping[str, Mapping[str, Any]], say: Said, stack: contextlib.ExitStack) -> None:
    sessions: dict[str, tuple[httpx.Client, str]] = {}
    for name in ("zhang", "li", "chen"):
        sessions[name] = _login(data, people[name], stack)
    client, session = sessions["zhang"]
    zone = ZoneInfo(str(ask(client, "GET", "/api/v1/state")["room"]["timezone"]))
    ids = {one["name"]: one["id"] for one in ask(client, "GET", "/api/v1/duty/roster", session)["people"]}
    accounts = {name: str(ids[one["display"]]) for name, one in people.items()}
    for name, act in DemoDuty(datetime.now(zone), accounts).acts():
        try:
            _act(*sessions[name], act)
        except OperatorError as error:
            if error.exit_code is not Exit.REFUSED:
                raise
            say(f"{act['kind']}: {_reason(error)}")


def _login(data: Path, person: Mapping[str, Any], stack: contextlib.ExitStack) -> tuple[httpx.Client, str]:
    """A session at a console of its own; `stack` ends it."""
    client = stack.enter_context(connect(data))
    opened = post(client, "/api/v1/session", {"name": person["name"], "password": person["password"], "console": "demo"})
    session = str(opened["token"])
    stack.callback(_logout, client, session)
    return client, session


def _logout(client: httpx.Client, session: str) -> None:
    with contextlib.suppress(httpx.HTTPError):  # the station is gone, and the session with it
        client.delete("/api/v1/session", headers={"X-CityOps-Session": session})


def _act(client: httpx.Client, session: str, act: Act) -> None:
    now = time.time_ns() // 1_000_000
    done = post(client, "/api/v1/commands", {"id": uuid7(now), "deadline": now + 10_000, "act": act}, session)
    if done["outcome"] != Outcome.DONE:
        raise refused(str(done["code"]), done["params"])


def _reason(error: OperatorError) -> str:
    return "; ".join(tr(problem.what, **problem.params) for problem in error.problems)
