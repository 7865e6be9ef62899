"""Takes a whole round: once, or not at all, with what the station knew beside what was read, and what follows from it.

The station's values are asked before the transaction; everything else is one transaction: the round, its readings, work orders for what
was not ok, a calibration for a sensor that drifts, an incident where a security round found one.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from cityops_desktop.duty.drift import LAST, drift
from cityops_desktop.duty.patrol import DAY_MS, Version, due_of
from cityops_desktop.duty.patrolcontent import Item, ItemKind, RouteContent, Stop, TemplateContent, Words
from cityops_desktop.duty.patrolitems import Given, Place, faults, wanted
from cityops_desktop.duty.patrolplaces import point_of
from cityops_desktop.duty.presence import SLACK_MS, Claim
from cityops_desktop.link.acts import OpenIncident
from cityops_desktop.link.duty.patrol import Answer, AnswerInfo, SubmitRound
from cityops_desktop.model.canonical import canonical
from cityops_desktop.model.people import Who
from cityops_desktop.model.points import Point
from cityops_desktop.model.readings import QUALITY_CODES, Quality
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.staleness import stale_after
from cityops_desktop.station.acts.act import Carried, Data, Job
from cityops_desktop.station.acts.incidents import IncidentActs
from cityops_desktop.station.acts.written import author, not_ahead, put
from cityops_desktop.station.asking import look_up_here
from cityops_desktop.station.duty import patrolscans
from cityops_desktop.station.duty.part import DutyAround
from cityops_desktop.store.duty import attachments, orders, patrol
from cityops_desktop.store.dutyschema import patrol_round, patrol_route, patrol_template
from cityops_desktop.store.numbers import next_number
from cityops_desktop.store.trouble import StoreError

URGENT = frozenset({"power_distribution", "ups_battery", "fire_protection", "leak_detection", "security"})
"""Groups of which a finding is mended within a day; others within three."""
_QUALITIES = {code: quality for quality, code in QUALITY_CODES.items()}
_NO_LIVE = (None, None, "")


class Walk(NamedTuple):
    """The versions that a round was walked by: the route with its plan, and the templates by their codes."""

    version: Version
    route: RouteContent
    templates: Mapping[str, TemplateContent]


class Looked(NamedTuple):
    """An answer with the item that it is for, and the point that it is compared with."""

    stop: Stop
    template: TemplateContent
    item: Item
    point: Point | None
    answer: AnswerInfo


def versions(conn: Connection) -> list[Version]:
    """All versions of all routes, each in force until the next one came or the route ended."""
    found: list[Version] = []
    rows = patrol.route_versions(conn)
    for place, row in enumerate(rows):
        following = rows[place + 1] if place + 1 < len(rows) and rows[place + 1]["code"] == row["code"] else None
        ends = [time for time in (row["ended"], following["time"] if following else None) if time is not None]
        plan = RouteContent.model_validate_json(row["content"]).plan
        found.append(Version(row["id"], row["code"], plan, row["time"], min(ends, default=None)))
    return found


class RoundTaking:
    """patrol.submit"""

    def __init__(self, around: DutyAround, carried: Callable[[Job], Carried]) -> None:
        self._around, self._carried = around, carried

    def submit(self, act: SubmitRound, who: Who) -> Carried:
        """See the module."""
        walk = look_up_here(self._around.store, lambda conn: _walk(conn, act))
        _require_times(act, who)
        due = None
        if act.due is not None:
            due = due_of(walk.version, self._around.zone, act.due)
            if due is None:
                raise Refused("patrol_no_due")
            if act.ended < due.opens:
                raise Refused("patrol_early")
        looked = self._compared(self._looked(act, walk))
        incident = self._incident(act, walk.route, who)
        sent = hashlib.sha256(canonical(act.model_dump(mode="json")).encode()).hexdigest()

        def run(conn: Connection) -> Data:
            known = patrol.round_or_none(conn, act.id)
            if known is not None and known["state"] == "done":
                if known["sent"] != sent:
                    raise Refused("patrol_other")
                return _told(known)
            require_own(known, who)
            attachments.require(conn, [id for one in looked for id in one.answer.photos])
            row = self._row(conn, act, walk, looked, who) | {"sent": sent, "late": due is not None and act.ended > due.until}
            self._raise_orders(conn, row, looked, who)
            row["incident"] = incident(conn) if incident is not None else ""
            row["body"] = canonical([one.answer.model_dump(mode="json", exclude_defaults=True) for one in looked])
            put(conn, patrol_round, row, "patrol_round.taken", who)
            self._keep_readings(conn, row, looked, who)
            return _told(row)

        return self._carried(run) if incident is None else self._with_incident(self._carried(run))

    def _with_incident(self, carried: Carried) -> Carried:
        """The same; the deadlines of an incident are looked at after it."""

        def after() -> None:
            carried.after()
            self._around.incidents_changed()

        return Carried(carried.job, after)

    def _looked(self, act: SubmitRound, walk: Walk) -> list[Looked]:
        """The answers in the order of the route. Refused when they are no whole round."""
        items = list(wanted(walk.route, walk.templates))
        given = [(_place(answer), _given(answer)) for answer in act.answers]
        for fault in faults([(place, item) for place, _, _, item in items], given):
            raise Refused(fault.code, stop=fault.place.stop, item=fault.place.item)
        by_place = {_place(answer): answer for answer in act.answers}
        room, found = self._around.room(), []
        for place, stop, template, item in items:
            answer = by_place[place]
            if not act.begun - SLACK_MS <= answer.time <= act.ended + SLACK_MS:
                raise Refused("patrol_times")
            point = point_of(room, stop, item) if item.kind is ItemKind.READING else None
            found.append(Looked(stop, template, item, point, AnswerInfo.model_validate(answer.model_dump())))
        return found

    def _compared(self, looked: Sequence[Looked]) -> list[Looked]:
        """The same with the station's value at each reading's own time."""
        moments: dict[int, list[Looked]] = {}
        for one in looked:
            if one.point is not None and one.answer.state != "unchecked":
                moments.setdefault(one.answer.time, []).append(one)
        for time, here in moments.items():
            found = self._live([one.point for one in here if one.point is not None], time)
            for one in here:
                assert one.point is not None
                live, at, quality = found.get(one.point.key, _NO_LIVE)
                value = one.answer.value
                comparable = value is not None and live is not None and quality in (Quality.GOOD, Quality.UNCERTAIN)
                difference = round(value - live, 6) if comparable and value is not None and live is not None else None
                kept = {"point": one.point.key, "live": live, "live_time": at, "quality": quality, "difference": difference}
                for name, told in kept.items():
                    setattr(one.answer, name, told)
        return list(looked)

    def _live(self, points: Sequence[Point], time: int) -> dict[str, tuple[float | None, int | None, str]]:
        """What the station knew of these at that time."""
        try:
            past = self._around.history.at([point.key for point in points], time)
        except StoreError:  # the past cannot be asked now: the round is worth more than the comparison
            return {}
        found: dict[str, tuple[float | None, int | None, str]] = {}
        for point in points:
            strip = past.strips.get(point.key)
            if strip is None or not len(strip):
                continue
            at, quality = int(strip.end[-1]), _QUALITIES[int(strip.quality[-1])]
            value = float(strip.last[-1]) if int(strip.count[-1]) else None
            if value is not None and time - at > stale_after(point.period) * 1000:
                quality = Quality.STALE
            found[point.key] = (value, at, quality.value)
        return found

    def _row(self, conn: Connection, act: SubmitRound, walk: Walk, looked: Sequence[Looked], who: Who) -> dict[str, Any]:
        states = [one.answer.state for one in looked]
        again = act.due is not None and patrol.was_walked(conn, walk.route.code, act.due, act.id)
        row: dict[str, Any] = {"id": act.id, "state": "done", "route": walk.route.code, "route_id": act.route, "due": act.due}
        row |= {"templates": canonical({code: act.templates[code] for code in walk.templates})}
        row |= {"number": next_number(conn, patrol_round.c.number, who.time, self._around.zone), "again": again}
        row |= {"begun": act.begun, "ended": act.ended, "time": who.time, **author(who), "walker": act.walker, "entry": act.entry}
        row |= {"items": len(states), "not_ok": states.count("not_ok"), "unchecked": states.count("unchecked")}
        claims = {mark.stop: Claim(mark.way, mark.code, mark.time) for mark in act.marks}
        _, proved = patrolscans.proofs(conn, walk.route.stops, claims, act.begun, act.ended, act.id)
        return row | proved | {"note": act.note, "why": ""}

    def _raise_orders(self, conn: Connection, row: Mapping[str, Any], looked: Sequence[Looked], who: Who) -> None:
        """One for each finding that has none open already."""
        for one in looked:
            if one.answer.state != "not_ok":
                continue
            link = f"{row['route']}/{one.stop.id}/{one.template.code}/{one.item.id}"
            standing = next((order for order in orders.raised_from(conn, "patrol", link) if order["ended"] is None), None)
            if standing is not None:
                one.answer.order = standing["id"]
                continue
            urgent = one.template.group in URGENT
            one.answer.order = orders.raise_order(
                conn,
                title=f"{self._say(one.stop.name)}: {self._say(one.item.name)}"[:200],
                text="\n".join(filter(None, (row["number"], self._value(one), one.answer.note, one.answer.text)))[:4000],
                subject=_subject(one),
                priority=2 if urgent else 3,
                due=who.time + (1 if urgent else 3) * DAY_MS,
                source=f"patrol:{link}",
                alarm="",
                who=who,
                room_zone=self._around.zone,
            )

    def _keep_readings(self, conn: Connection, row: Mapping[str, Any], looked: Sequence[Looked], who: Who) -> None:
        compared = [(one, _difference(one)) for one in looked]
        patrol.keep_readings(conn, row["id"], [found for _, found in compared if found is not None])
        for one, found in compared:
            if found is not None and found.tolerance is not None and found.quality == Quality.GOOD:
                self._look_for_drift(conn, one, found, who)

    def _look_for_drift(self, conn: Connection, one: Looked, found: patrol.Compared, who: Who) -> None:
        """A calibration, unless one is open."""
        rows = [row for row in patrol.readings(conn, found.point, 3 * LAST, since_order=True) if row["quality"] == Quality.GOOD]
        drifted = drift([row["difference"] for row in rows], found.tolerance or 0.0)
        standing = (order for order in orders.raised_from(conn, "calibration", found.point) if order["ended"] is None)
        if drifted is None or next(standing, None) is not None:
            return
        assert one.point is not None
        name = one.point.names.en if self._around.room().notify.language == "en" else one.point.names.zh
        id = orders.raise_order(
            conn,
            title=f"{name}: {drifted:+.3g} {one.point.unit}"[:200],
            text="\n".join(f"{row['value']:g} − {row['live']:g} = {row['difference']:+g}" for row in rows[:LAST]),
            subject=f"point:{found.point}",
            priority=3,
            due=who.time + 7 * DAY_MS,
            source=f"calibration:{found.point}",
            alarm="",
            who=who,
            room_zone=self._around.zone,
        )
        patrol.raised(conn, rows[0]["id"], id)

    def _incident(self, act: SubmitRound, route: RouteContent, who: Who) -> Callable[[Connection], str] | None:
        """What opens the incident of a security round, if it found one."""
        if act.incident is None:
            return None
        if route.kind != "security":
            raise Refused("patrol_no_incident")
        told = OpenIncident(title=act.incident.title, text=act.incident.text, begun=act.begun, found=act.ended)
        opening = IncidentActs(self._around.room, self._around.incidents_changed).open(told, who)

        def open_it(conn: Connection) -> str:
            return str((opening(conn) or {})["incident"])

        return open_it

    def _value(self, one: Looked) -> str:
        """The number or the word that was given, with its limits."""
        answer, item = one.answer, one.item
        if answer.value is None:
            return next((self._say(choice.name) for choice in item.choices if choice.id == answer.choice), "")
        limits = " … ".join("" if limit is None else f"{limit:g}" for limit in (item.low, item.high)).strip()
        return f"{answer.value:g} {item.unit}".strip() + (f" ({limits})" if limits.strip(" …") else "")

    def _say(self, words: Words) -> str:
        """In the language in which the station writes by itself."""
        return words.en if self._around.room().notify.language == "en" else words.zh


def require_own(known: Mapping[str, Any] | None, who: Who) -> None:
    """Refused(patrol_begun) of the id of a round that somebody else walks: that one's own answers would find no place."""
    if known is not None and known["actor"] != who.person.id:
        raise Refused("patrol_begun", by=known["actor_name"])


def _walk(conn: Connection, act: SubmitRound) -> Walk:
    version = next((one for one in versions(conn) if one.id == act.route), None)
    if version is None:
        raise Refused("no_such_route")
    route = RouteContent.model_validate_json(patrol.version(conn, patrol_route, act.route)["content"])
    templates = {}
    for code in {code for stop in route.stops for code in stop.templates}:
        row = patrol.version(conn, patrol_template, act.templates.get(code, ""))
        if row["code"] != code:
            raise Refused("no_such_template", name=code)
        templates[code] = TemplateContent.model_validate_json(row["content"])
    return Walk(version, route, templates)


def _require_times(act: SubmitRound, who: Who) -> None:
    not_ahead(act.ended, who)
    if not act.begun <= act.ended <= act.begun + patrolscans.LONGEST_MS:
        raise Refused("patrol_times")


def _place(answer: Answer) -> Place:
    return Place(answer.stop, answer.template, answer.item)


def _given(answer: Answer) -> Given:
    return Given(answer.state, answer.value, answer.choice, answer.text, answer.note, answer.why, len(answer.photos))


def _difference(one: Looked) -> patrol.Compared | None:
    answer = one.answer
    if answer.difference is None or answer.value is None or answer.live is None:
        return None
    return patrol.Compared(answer.point, answer.time, answer.value, answer.live, answer.quality, answer.difference, one.item.tolerance)


def _subject(one: Looked) -> str:
    if one.point is not None:
        return f"point:{one.point.key}"
    return f"{one.stop.kind}:{one.stop.ref}" if one.stop.kind != "place" else ""


def _told(row: Mapping[str, Any]) -> Data:
    """The answer to whoever submits it, the same each time."""
    answers = patrol.body_of(row)
    found = {answer["order"] for answer in answers if answer.get("order")}
    told: dict[str, str | int | float] = {"round": row["id"], "number": row["number"], "not_ok": row["not_ok"]}
    told |= {"unchecked": row["unchecked"], "orders": len(found), "again": int(row["again"])}
    return told | ({"incident": row["incident"]} if row["incident"] else {})
