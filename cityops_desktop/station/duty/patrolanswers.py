"""What consoles are told of patrols: rows of the store as they travel. In worker threads; decides nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from cityops_desktop.duty.drift import LAST, drift
from cityops_desktop.duty.patrol import DAY_MS, Done, Due, state
from cityops_desktop.duty.patrolcontent import ItemKind, RouteContent, TemplateContent
from cityops_desktop.duty.patrolplaces import point_of, spot_of
from cityops_desktop.link.duty.patrol import (
    AnswerInfo,
    Difference,
    Differences,
    DueInfo,
    ItemHistory,
    ItemPast,
    MarkInfo,
    PatrolSheet,
    RoundBrief,
    RoundDetail,
    RoundsPage,
    RouteInfo,
    ScanInfo,
    ScansPage,
    SheetItem,
    SheetPart,
    SheetStop,
    TemplateInfo,
)
from cityops_desktop.model.readings import Quality
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Room
from cityops_desktop.station.acts.patrol import kept
from cityops_desktop.station.duty.patrolfile import shipped
from cityops_desktop.store.duty import orders, patrol
from cityops_desktop.store.dutyschema import patrol_route, patrol_template

Row = Mapping[str, Any]
MOST_PAST = 100
"""Rounds that are looked through for the past of an item."""
MOST_DIFFERENCES = 200


def brief(row: Row) -> RoundBrief:
    """A round in a list."""
    return RoundBrief.model_validate({name: row[name] for name in RoundBrief.model_fields})


def route_info(row: Row) -> RouteInfo:
    """A version of a route."""
    return RouteInfo.model_validate({**row, "content": RouteContent.model_validate_json(row["content"])})


def template_info(row: Row) -> TemplateInfo:
    """A version of a template."""
    as_shipped = next((kept(one) for one in shipped() if one.code == row["code"]), "")
    content = TemplateContent.model_validate_json(row["content"])
    return TemplateInfo.model_validate({**row, "content": content, "shipped": row["content"] == as_shipped})


def waiting(templates: Sequence[TemplateInfo]) -> list[TemplateContent]:
    """Those of the program that are not published here."""
    here = {one.content.code for one in templates}
    return [one for one in shipped() if one.code not in here]


def due_infos(all: Sequence[Due], known: Mapping[tuple[str, int], Done], walking: Sequence[Row], now: int) -> list[DueInfo]:
    """What needs somebody, what was due since yesterday, what will be within a day."""
    walkers = {(row["route"], row["due"]): row for row in walking}
    told = []
    for due in all:
        done = known.get((due.code, due.at))
        found = state(due, done, now)
        if abs(due.at - now) > DAY_MS and found not in ("due", "overdue", "missed"):
            continue
        info = DueInfo.model_validate({**due._asdict(), "route": due.code, "route_id": due.version, "state": found})
        info.round, info.why = (done.round, done.why) if done is not None else ("", "")
        if (row := walkers.get((due.code, due.at))) is not None:
            info.walking, info.walking_id = row["actor_name"], row["id"]
        told.append(info)
    return told


def sheet(conn: Connection, room: Room, id: str) -> PatrolSheet:
    """A version of a route against the room and the templates that are in force. Refused(no_such_route, no_such_template)."""
    route = route_info(patrol.version(conn, patrol_route, id))
    rows = {row["code"]: row for row in patrol.newest(conn, patrol_template, ended=True)}
    used = {code for stop in route.content.stops for code in stop.templates}
    if missing := next(iter(used - set(rows)), ""):
        raise Refused("no_such_template", name=missing)
    contents = {code: TemplateContent.model_validate_json(rows[code]["content"]) for code in used}
    stops = []
    for stop in route.content.stops:
        parts = []
        for code in stop.templates:
            items = []
            for item in contents[code].items:
                point = point_of(room, stop, item) if item.kind is ItemKind.READING else None
                items.append(SheetItem(item=item, point=point.key if point is not None else ""))
            parts.append(SheetPart(template=code, name_zh=contents[code].name.zh, name_en=contents[code].name.en, items=items))
        x, y = spot_of(room, stop) or (None, None)
        stops.append(SheetStop(stop=stop, x=x, y=y, parts=parts))
    return PatrolSheet(route=route, templates={code: rows[code]["id"] for code in sorted(used)}, stops=stops)


def rounds_page(conn: Connection, route: str, bad: bool, before: str) -> RoundsPage:
    """A page of rounds."""
    rows = patrol.rounds(conn, route=route, bad=bad, before=key(before), most=patrol.PAGE + 1)
    return RoundsPage(rounds=[brief(row) for row in rows[: patrol.PAGE]], next=_next(rows, patrol.PAGE))


def detail(conn: Connection, id: str) -> RoundDetail:
    """A whole round by the versions that it was walked by. Refused(no_such_round); one that nobody has submitted is none."""
    row = patrol.round_of(conn, id)
    if row["state"] != "done":
        raise Refused("no_such_round")
    route = route_info(patrol.version(conn, patrol_route, row["route_id"]))
    answers = [AnswerInfo.model_validate(answer) for answer in patrol.body_of(row)]
    numbers = {answer.order: str(orders.order(conn, answer.order)["number"]) for answer in answers if answer.order}
    return RoundDetail(
        round=brief(row),
        route=route,
        templates=[template_info(patrol.version(conn, patrol_template, id)) for _, id in sorted(patrol.templates_of(row).items())],
        answers=answers,
        marks=[MarkInfo.model_validate(mark) for mark in patrol.marks_of(row)],
        note=row["note"],
        orders=numbers,
    )


def item_history(conn: Connection, route: str, stop: str, template: str, item: str, before: str) -> ItemHistory:
    """An item in the newest rounds of a route."""
    rows = patrol.bodies(conn, route, key(before), MOST_PAST + 1)
    found = []
    for row in rows[:MOST_PAST]:
        for answer in patrol.body_of(row):
            if (answer["stop"], answer["template"], answer["item"]) == (stop, template, item):
                past = {"round": row["id"], "number": row["number"], "time": answer["time"], "actor_name": row["actor_name"]}
                found.append(ItemPast.model_validate(past | {"answer": answer}))
    return ItemHistory(answers=found, next=_next(rows, MOST_PAST))


def differences(conn: Connection, point: str) -> Differences:
    """A sensor's, and whether it drifts now."""
    rows = patrol.readings(conn, point, MOST_DIFFERENCES)
    good = [row for row in rows if row["quality"] == Quality.GOOD]
    tolerance = rows[0]["tolerance"] if rows else None
    drifts = drift([row["difference"] for row in good[:LAST]], tolerance) if tolerance is not None else None
    standing = next((row["id"] for row in orders.raised_from(conn, "calibration", point) if row["ended"] is None), "")
    told = [Difference.model_validate(row) for row in rows]
    return Differences(point=point, differences=told, tolerance=tolerance, drift=drifts, order=standing)


def scans(conn: Connection, begin: int, end: int) -> ScansPage:
    """Lines of wands of a span."""
    rows = patrol.scans_between(conn, begin, end, free=False)
    sources: dict[str, str] = {}
    for row in rows:
        if row["intake"] not in sources:
            sources[row["intake"]] = patrol.intake_source(conn, row["intake"])
    return ScansPage(scans=[ScanInfo.model_validate({**row, "source": sources[row["intake"]]}) for row in rows])


def key(before: str) -> tuple[int, str] | None:
    """Where a page goes on: "<end>:<id>"; "" = at the beginning."""
    end, _, id = before.partition(":")
    return (int(end), id) if before else None


def _next(rows: Sequence[Row], most: int) -> str:
    return f"{rows[most - 1]['ended']}:{rows[most - 1]['id']}" if len(rows) > most else ""
