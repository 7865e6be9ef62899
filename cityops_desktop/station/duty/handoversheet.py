"""What a handover sheet says that no other area tells: alarms and what hides them, limits, incidents, trends, rules, open matters, stock.

Every row has its words in both languages: names of the room and sentences of alarms are told twice, `x` and `x_zh`. Reads, decides nothing.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.duty import stock as stocks
from cityops_desktop.duty.handover import MINUTE_MS
from cityops_desktop.duty.stock import Holding, Sort
from cityops_desktop.history.history import History
from cityops_desktop.incidents.states import Colour, IncidentState
from cityops_desktop.incidents.words import COLOURS, INCIDENT_STATES
from cityops_desktop.link.duty.sheet import Front, Param, SheetRow, SheetSection
from cityops_desktop.model.alarms import TESTS, Alarm, AlarmState
from cityops_desktop.model.points import Kind, LimitKind, Names, Point
from cityops_desktop.model.rooms import Room
from cityops_desktop.sentences import ALARM_STATES, CHANGE_KINDS, level_name
from cityops_desktop.station.duty.part import Span
from cityops_desktop.station.wording import Wording
from cityops_desktop.store import hidings, incidents
from cityops_desktop.store.alarms import open_alarms
from cityops_desktop.store.duty import handover as store
from cityops_desktop.store.duty import stock
from cityops_desktop.store.schema import config_version, service, shelf
from cityops_desktop.texts import N_, speaking, tr

MOST_ALARMS = 100
MOST_STEPS = 300
NEAREST = 5
LIVE_MS = 10 * MINUTE_MS
MOST_POINTS = 400
"""Points of which it is looked up how far they have moved."""


def both(name: str, say: Callable[[], str]) -> dict[str, Param]:
    """A parameter in both languages: `name` and `name_zh`."""
    with speaking("en"):
        english = say()
    with speaking("zh_CN"):
        return {name: english, f"{name}_zh": say()}


def named(name: str, names: Names) -> dict[str, Param]:
    """A name of the room in both languages."""
    return {name: names.en, f"{name}_zh": names.zh}


@dataclass(frozen=True, slots=True)
class Telling:
    """For one room as it is now."""

    room: Room
    live: LiveTable
    history: History
    now: int
    wording: Wording

    def sections(self, conn: Connection, span: Span) -> list[SheetSection]:
        """All of them."""
        return [
            SheetSection(id="alarms", title=N_("Alarms"), rows=self._alarms(conn, span)),
            SheetSection(id="hidden", title=N_("Shelved and out of service"), rows=self._hidden(conn, span)),
            SheetSection(id="incidents", title=N_("Warnings and incidents"), rows=_incidents(conn, span)),
            SheetSection(id="items", title=N_("Open matters"), rows=_items(conn, span)),
            SheetSection(id="stock", title=N_("Keys, tools, spares, consumables"), rows=_stock(conn, span)),
            SheetSection(id="limits", title=N_("Limits and configuration"), rows=self._limits(conn, span)),
            SheetSection(id="trends", title=N_("Values near a limit or much changed"), rows=self._trends(span)),
            SheetSection(id="rules", title=N_("Rules not read yet"), rows=_rules(conn, span)),
            SheetSection(id="handovers", title=N_("Handovers"), rows=_handovers(conn, span)),
        ]

    def emergencies(self, conn: Connection) -> list[SheetRow]:
        """Why nothing can be handed on now."""
        alarms, handled = store.emergencies(conn)
        rows = [self._row(one, "abnormal") for one in alarms]
        return rows + [_incident(one, "abnormal") for one in handled]

    def during(self, conn: Connection, begin: int, end: int) -> tuple[list[SheetRow], bool]:
        """What happened between freeze and second signature, step by step; and whether there was more."""
        found, more = incidents.steps(conn, begin, end, MOST_STEPS, acts=True)
        rows = []
        for step in found:
            if step.kind.startswith("handover"):
                continue
            what = both("what", lambda kind=step.kind: tr(CHANGE_KINDS[kind]) if kind in CHANGE_KINDS else kind)  # type: ignore[misc]
            if step.alarm is not None:
                params = what | both("alarm", lambda alarm=step.alarm: self.wording.said(alarm))  # type: ignore[misc]
                rows.append(SheetRow(words=N_("{what}: {alarm}"), params=params, time=step.time, link=f"alarm:{step.alarm.id}"))
            else:
                rows.append(SheetRow(words=N_("{what}"), params=what, time=step.time, link=step.subject))
        return rows, more

    def _row(self, alarm: Alarm, front: Front) -> SheetRow:
        params = both("level", lambda: level_name(alarm.level)) | both("alarm", lambda: self.wording.said(alarm))
        params |= both("state", lambda: tr(ALARM_STATES[alarm.state]))
        return SheetRow(words=N_("{level}: {alarm} ({state})"), params=params, time=alarm.raised, link=f"alarm:{alarm.id}", front=front)

    def _alarms(self, conn: Connection, span: Span) -> list[SheetRow]:
        """What stands, the worst first; then what was raised in the turn and is over."""
        standing = [one for one in open_alarms(conn) if one.hidden is None and one.cause not in TESTS]
        rows = [self._row(one, "abnormal") for one in sorted(standing, key=lambda one: (one.level, one.raised))]
        found, n = store.raised(conn, span.begin, span.end, MOST_ALARMS)
        over = [one for one in found if one.state is AlarmState.NORMAL]
        if n:
            worst = both("worst", lambda: level_name(found[0].level))
            words = N_("{n} alarms were raised in this turn, worst level {worst}; {over} of them are over")
            rows.append(SheetRow(words=words, params={"n": n, "over": len(over), **worst}, front="changed"))
        return rows + [self._row(one, "") for one in over]

    def _hidden(self, conn: Connection, span: Span) -> list[SheetRow]:
        rows = []
        for one in hidings.standing(conn, shelf):
            params = self._thing(one.id) | {"until_at": one.until, "by": one.actor_name, "why": one.why}
            words = N_("{what} is shelved until {until_at} by {by}: {why}")
            rows.append(SheetRow(words=words, params=params, time=one.since, link=f"point:{one.id.partition('#')[0]}", front="abnormal"))
        for one in hidings.standing(conn, service):
            params = self._thing(one.id) | {"until_at": one.until, "by": one.actor_name, "why": one.why}
            words = N_("{what} is out of service until {until_at}, by {by}: {why}")
            rows.append(SheetRow(words=words, params=params, time=one.since, link=one.id, front="abnormal"))
        return rows

    def _thing(self, id: str) -> dict[str, Param]:
        """The name of a condition (its key) or a target."""
        key = id.partition("#")[0]
        point = self.room.points().get(key)
        if point is not None:
            return self._point("what", point)
        sort, _, bare = key.rpartition(":")
        things: Iterable[Any] = {"bus": self.room.buses, "rack": self.room.racks}.get(sort, self.room.devices)
        found = next((one for one in things if one.id == bare), None)
        return named("what", found.names) if found is not None else {"what": id}

    def _point(self, name: str, point: Point) -> dict[str, Param]:
        device = next(one for one in self.room.devices if one.id == point.device)
        return {name: f"{device.names.en} {point.names.en}", f"{name}_zh": f"{device.names.zh} {point.names.zh}"}

    def _limits(self, conn: Connection, span: Span) -> list[SheetRow]:
        rows = []
        for row in store.changes(conn, store.CONFIG, span.begin, span.end):
            body, kind = row["body"], row["kind"]
            params = both("what", lambda kind=kind: tr(CHANGE_KINDS[kind])) | {"by": row["actor_name"], "why": str(body.get("why", ""))}  # type: ignore[misc]
            touched = _touched(conn, body) if kind in ("config.overridden", "config.reset") else []
            words = N_("{what}, by {by}: {why}")
            for id in touched:
                words = N_("{point}: {what}, by {by}: {why}")
                rows.append(
                    SheetRow(words=words, params=params | self._limit(id), time=row["time"], link=f"point:{_key(id)}", front="changed")
                )
            if not touched:
                rows.append(SheetRow(words=words, params=params, time=row["time"], link=row["subject"], front="changed"))
        newest = conn.execute(select(config_version.c.overrides).order_by(config_version.c.number.desc()).limit(1)).scalar()
        n = len(json.loads(newest)) if newest else 0
        if n:
            rows.append(SheetRow(words=N_("{n} limits are other than the room file says"), params={"n": n}))
        return rows

    def _limit(self, id: str) -> dict[str, Param]:
        point = self.room.points().get(_key(id))
        return self._point("point", point) if point is not None else {"point": id}

    def _trends(self, span: Span) -> list[SheetRow]:
        """Those nearest to a limit, and those that have moved most since the turn began, against the distance of their limits."""
        if span.end < self.now - LIVE_MS:
            return []  # of a turn long past nobody says now what it was like
        near: list[tuple[float, SheetRow]] = []
        wide: dict[str, float] = {}
        values: dict[str, float] = {}
        for key, point in self.room.points().items():
            reading = self.live.get(key).reading
            value = reading.value if reading.usable else None
            limits = [limit for limit in point.limits if limit.kind is not LimitKind.STATE]
            if point.kind is Kind.DIGITAL or not limits or not isinstance(value, int | float) or not math.isfinite(value):
                continue
            values[key] = value
            room = _width(point)
            wide[key] = room
            limit = min(limits, key=lambda one: abs(one.value - value))
            left = (limit.value - value) if limit.kind is LimitKind.HIGH else (value - limit.value)
            if left >= 0:
                params = self._point("point", point) | {"value": _figure(point, value), "limit": _figure(point, limit.value)}
                words = N_("{point} is {value}, limit {limit}")
                near.append((left / room, SheetRow(words=words, params=params, time=reading.time, link=f"point:{key}")))
        near.sort(key=lambda one: one[0])
        return [row for _, row in near[:NEAREST]] + self._moved(values, wide, span)

    def _moved(self, values: Mapping[str, float], wide: Mapping[str, float], span: Span) -> list[SheetRow]:
        asked = list(values)[:MOST_POINTS]
        before = self.history.at(asked, span.begin).strips if asked else {}
        points, found = self.room.points(), []
        for key in asked:
            value, strip = values[key], before.get(key)
            then = float(strip.last[-1]) if strip is not None and len(strip) else math.nan
            if not math.isfinite(then) or value == then:
                continue
            params = self._point("point", points[key]) | {"value": _figure(points[key], value), "then": _figure(points[key], then)}
            row = SheetRow(words=N_("{point} was {then} when the turn began and is {value}"), params=params, link=f"point:{key}")
            found.append((abs(value - then) / wide[key], row))
        found.sort(key=lambda one: -one[0])
        return [row for _, row in found[:NEAREST]]


def _key(id: str) -> str:
    return id.removeprefix("limit:").partition("#")[0]


def _touched(conn: Connection, body: Mapping[str, Any]) -> list[str]:
    """Which things this version of the configuration changed at run time."""
    before = conn.execute(select(config_version.c.overrides).where(config_version.c.number == int(body.get("number", 0)) - 1)).scalar()
    old, new = json.loads(before or "{}"), json.loads(str(body.get("overrides", "{}")))
    return sorted(id for id in old.keys() | new.keys() if old.get(id) != new.get(id))


def _width(point: Point) -> float:
    """What a distance of this point is measured by: its span, or that of its limits, or the size of its limit."""
    values = [limit.value for limit in point.limits if limit.kind is not LimitKind.STATE]
    span = point.span or point.normal or (min(values), max(values))
    return abs(span[1] - span[0]) or max(1.0, abs(values[0]))


def _figure(point: Point, value: float) -> str:
    return f"{value:.{point.decimals}f} {point.unit}".strip()


def _incidents(conn: Connection, span: Span) -> list[SheetRow]:
    rows = []
    for one in incidents.warnings(conn, former=False):
        params = both("colour", lambda one=one: tr(COLOURS[Colour(one["colour"])])) | {"title": one["title"]}  # type: ignore[misc]
        words = N_("Warning in force ({colour}): {title}")
        rows.append(SheetRow(words=words, params=params, time=one["issued"], link=f"warning:{one['id']}", front="abnormal"))
    return rows + [
        _incident(one, "abnormal" if one["closed"] is None else "changed") for one in store.open_incidents(conn, span.begin, span.end)
    ]


def _incident(one: Mapping[str, Any], front: Front) -> SheetRow:
    params: dict[str, Param] = {"number": one["number"], "title": one["title"]}
    params |= both("state", lambda: tr(INCIDENT_STATES[IncidentState(one["state"])]))
    return SheetRow(
        words=N_("Incident {number}: {title} ({state})"), params=params, time=one["found"], link=f"incident:{one['id']}", front=front
    )


def _items(conn: Connection, span: Span) -> list[SheetRow]:
    """Handed on with every turn until somebody closes them."""
    rows = []
    for one in store.items(conn):
        due, params = one["due"], {"text": one["text"], "by": one["actor_name"], "written_at": one["time"]}
        front: Front = "due" if due is not None and due <= span.ahead else "changed" if one["time"] >= span.begin else "abnormal"
        words = N_("{text} (by {by}, {written_at})") if due is None else N_("Until {due_at}: {text} (by {by}, {written_at})")
        params |= {} if due is None else {"due_at": due}
        rows.append(SheetRow(words=words, params=params, time=due or one["time"], link=f"item:{one['id']}", front=front))
    for one in store.closed_items(conn, span.begin, span.end):
        params = {"text": one["text"], "by": one["closed_name"], "how": one["closed_text"]}
        rows.append(SheetRow(words=N_("Done: {text} (by {by}: {how})"), params=params, time=one["closed"], link=f"item:{one['id']}"))
    return rows


def _stock(conn: Connection, span: Span) -> list[SheetRow]:
    """What is missing or low, what is out, what was counted differently."""
    rows: list[SheetRow] = []
    items = {one["id"]: one for one in stock.items(conn)}
    for one in items.values():
        now = Holding(one["have"], one["out"])
        params = {"name": one["name"], "have": _amount(one, one["have"]), "wanted": _amount(one, one["wanted"]), "place": one["place"]}
        link = f"stock:{one['id']}"
        gone = stocks.missing(Sort(one["kind"]), one["wanted"], now)
        if gone:
            words = N_("Missing: {gone} of {wanted} {name}")
            rows.append(
                SheetRow(words=words, params=params | {"gone": _amount(one, gone)}, time=one["counted"], link=link, front="abnormal")
            )
        elif stocks.low(one["low"], now):
            rows.append(
                SheetRow(words=N_("Running low: {name}, {have} left"), params=params, time=one["counted"], link=link, front="abnormal")
            )
    for move in stock.out(conn):
        if move["item"] in items:
            one = items[move["item"]]
            params = {"name": one["name"], "n": _amount(one, move["number"]), "whom": move["whom"] or move["actor_name"]}
            words = N_("Out: {n} {name}, with {whom}")
            rows.append(SheetRow(words=words, params=params, time=move["time"], link=f"stock:{one['id']}", front="changed"))
    for move in stock.between(conn, span.begin, span.end):
        if move["kind"] == stocks.Move.COUNTED and move["before"] != move["after"]:
            params = {"name": move["name"], "before": _amount(move, move["before"]), "after": _amount(move, move["after"])}
            params |= {"by": move["actor_name"]}
            words = N_("Counted {after} {name} instead of {before}, by {by}")
            rows.append(SheetRow(words=words, params=params, time=move["time"], link=f"stock:{move['item']}", front="changed"))
    told = [one for one in items.values() if not any(row.link == f"stock:{one['id']}" for row in rows)]
    if told:
        rows.append(SheetRow(words=N_("{n} further kinds are complete"), params={"n": len(told)}))
    return rows


def _amount(one: Mapping[str, Any], number: float) -> str:
    return f"{number:g} {one['unit']}".strip()


def _rules(conn: Connection, span: Span) -> list[SheetRow]:
    rows = []
    for rule, left in store.unread(conn, (), span.end):
        params = {"code": rule["code"], "version": rule["version"], "title": rule["title"], "n": left}
        front: Front = "changed" if rule["published"] >= span.begin else ""
        words = N_("Rule {code} version {version} “{title}”: {n} persons have not read it")
        rows.append(SheetRow(words=words, params=params, time=rule["published"], link=f"rule:{rule['id']}", front=front))
    return rows


def _handovers(conn: Connection, span: Span) -> list[SheetRow]:
    rows = []
    for one in store.accepted(conn, span.begin, span.end):
        params = {"number": one["number"], "given": one["actor_name"], "taken": one["incoming_name"]}
        late = max(0, one["accepted"] - one["end"]) // MINUTE_MS
        words = N_("Handover {number}: {given} to {taken}, {late} min after the end of the turn")
        words = words if late else N_("Handover {number}: {given} to {taken}")
        rows.append(SheetRow(words=words, params=params | {"late": late}, time=one["accepted"], link=f"handover:{one['id']}"))
    return rows
