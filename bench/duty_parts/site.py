"""A demo room with people, a route of sixty items, one round walked and one handover signed: what the others are copies of."""

import itertools
import time
from typing import Any

import httpx

from bench.login import PASSWORD, asked
from cityops_desktop.model.ids import uuid7

ITEMS = 60
PEOPLE = {"li": "shift_leader", "wang": "shift_leader", "zhang": "duty", "zhao": "engineer"}
_COMMANDS = "/api/v1/commands"


class Site:
    """Somebody at a console of the running station."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        self.sessions: dict[str, str] = {}

    def begin(self) -> None:
        """Everybody has an account."""
        root = {"name": "root", "display": "王管理", "password": PASSWORD}
        asked(self._client.post("/api/v1/setup", json={"administrator": root}))
        self.log_in("root")
        for name, role in PEOPLE.items():
            self.act("root", "account.create", name=name, display=f"{name.title()}工", password=PASSWORD, roles=[role])

    def log_in(self, *names: str) -> None:
        """With the password."""
        for name in names:
            sent = {"console": "bench", "name": name, "password": PASSWORD}
            self.sessions[name] = str(asked(self._client.post("/api/v1/session", json=sent, headers=self._at(name)))["token"])

    def _at(self, name: str) -> dict[str, str]:
        """Everybody has a console: the next log-in there would end the session."""
        known = self.sessions.get(name)
        return {"X-CityOps-Console": f"the console of {name}", **({"X-CityOps-Session": known} if known else {})}

    def give(self, by: str, kind: str, /, **act: Any) -> dict[str, Any]:
        """An act; what became of it."""
        now = time.time_ns() // 1_000_000
        order = {"id": uuid7(now), "deadline": now + 50_000, "act": {"kind": kind, **act}}
        answer = self._client.post(_COMMANDS, json=order, headers=self._at(by), timeout=60)
        told: dict[str, Any] = asked(answer)
        return told

    def act(self, by: str, kind: str, /, **act: Any) -> dict[str, Any]:
        """An act that must be done; its data."""
        told = self.give(by, kind, **act)
        if told["outcome"] != "done":
            raise RuntimeError(f"{kind}: {told}")
        return dict(told["data"])

    def ask(self, name: str, path: str, **query: object) -> Any:
        """A question."""
        given: dict[str, Any] = dict(query)
        answer = self._client.get(f"/api/v1/duty/{path}", params=given, headers=self._at(name), timeout=60)
        answer.raise_for_status()
        return answer.json()

    def template(self, code: str = "bench") -> None:
        """Sixty items, and a route of one stop with them."""
        names = {"zh": "基准巡检", "en": "Bench"}
        items = [{"id": f"i{n}", "kind": "check", "name": {"zh": f"第{n}项无异常", "en": f"item {n}"}} for n in range(ITEMS)]
        self.act("zhao", "patrol.template", content={"code": code, "group": "environment", "name": names, "items": items}, why="bench")
        stop = {"id": "hall", "name": names, "kind": "area", "ref": "machine-room", "templates": [code]}
        self.act("zhao", "patrol.route", content={"code": code, "name": names, "stops": [stop]}, why="bench")

    def draft(self, **changed: object) -> dict[str, Any]:
        """A round of sixty items in order, as a console sends it."""
        page = self.ask("zhang", "patrol")
        route = next(one for one in page["routes"] if one["content"]["code"] == "bench")
        sheet = self.ask("zhang", "patrol/sheet", route=route["id"])
        ended = time.time_ns() // 1_000_000
        answers = [
            {"stop": stop["stop"]["id"], "template": part["template"], "item": item["item"]["id"], "state": "ok", "time": ended - 1000}
            for stop, part, item in _parts(sheet)
        ]
        whole = {"id": uuid7(ended), "route": route["id"], "templates": sheet["templates"], "begun": ended - 600_000, "ended": ended}
        return {**whole, "answers": answers, **changed}

    def hand_over(self) -> str:
        """One turn to the next; the id."""
        id = uuid7(time.time_ns() // 1_000_000)
        self.act("li", "handover.offer", handover=id)
        told = self.ask("li", f"handovers/{id}")
        for name, side in (("li", "outgoing"), ("wang", "incoming")):
            hash = told["handover"]["hash"]
            self.act("li", "handover.sign", handover=id, hash=hash, side=side, name=name, password=PASSWORD)
        return id

    def file(self, handover: str) -> bytes:
        """The signed handover as a console saves it."""
        answer = self._client.get(f"/api/v1/duty/handovers/{handover}/file", headers=self._at("li"), timeout=60)
        answer.raise_for_status()
        return answer.content


def _parts(sheet: dict[str, Any]) -> list[tuple[Any, Any, Any]]:
    return list(
        itertools.chain.from_iterable([(stop, part, item) for part in stop["parts"] for item in part["items"]] for stop in sheet["stops"])
    )
