"""Acts of people about patrols: templates, routes, who walks, missed rounds, lines of wands. A whole round is taken in patrolround.py."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Table

from cityops_desktop.duty.patrol import DAY_MS, Done, dues, is_due, state
from cityops_desktop.duty.patrolcontent import RouteContent, TemplateContent, complaints
from cityops_desktop.duty.patrolplaces import unknown
from cityops_desktop.link.duty.patrol import (
    AbandonRound,
    BeginRound,
    ExplainMissed,
    PublishRoute,
    PublishTemplate,
    RetireRoute,
    RetireTemplate,
    TakeOver,
    TakeScans,
)
from cityops_desktop.model.canonical import canonical
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.station.acts.act import Acts, Carried, Data, Job
from cityops_desktop.station.acts.patrolround import RoundTaking, require_own, versions
from cityops_desktop.station.acts.written import amend, author, put
from cityops_desktop.station.duty import patrolscans
from cityops_desktop.station.duty.part import DutyAround
from cityops_desktop.station.duty.patrolfile import shipped
from cityops_desktop.store.duty import patrol
from cityops_desktop.store.dutyschema import patrol_missed, patrol_round, patrol_route, patrol_template

WALKING_MS = DAY_MS
"""So long a round that was begun keeps others from its due time."""
LOOK_BACK_MS = 31 * DAY_MS
"""So far back missed rounds wait for somebody to say why."""
NOT_YET: Mapping[str, Any] = {
    "number": "",
    "templates": "{}",
    "ended": None,
    "entry": "console",
    "walker": "",
    "items": 0,
    "not_ok": 0,
    "unchecked": 0,
    "presence": "",
    "doubts": 0,
    "late": False,
    "again": False,
    "incident": "",
    "sent": "",
    "body": "[]",
    "marks": "[]",
    "note": "",
    "why": "",
}
"""The columns of a round that somebody has only begun."""


class PatrolActs:
    """patrol.*"""

    def __init__(self, around: DutyAround, carried: Callable[[Job], Carried]) -> None:
        self._around, self._carried = around, carried
        self._taking = RoundTaking(around, carried)

    def acts(self) -> Acts:
        """By kind."""
        return {
            "patrol.template": self.publish_template,
            "patrol.template_end": self.retire_template,
            "patrol.take_over": self.take_over,
            "patrol.route": self.publish_route,
            "patrol.route_end": self.retire_route,
            "patrol.begin": self.begin,
            "patrol.abandon": self.abandon,
            "patrol.submit": self._taking.submit,
            "patrol.missed": self.explain,
            "patrol.scans": self.scans,
        }

    def publish_template(self, act: PublishTemplate, who: Who) -> Carried:
        """A template or its next version."""
        require_sound(act.content)
        return self._carried(lambda conn: _publish(conn, patrol_template, act.content, who, act.why))

    def retire_template(self, act: RetireTemplate, who: Who) -> Carried:
        """Not while a route names it."""

        def run(conn: Connection) -> None:
            row = _in_force(conn, patrol_template, act.code)
            for route in patrol.newest(conn, patrol_route):
                content = RouteContent.model_validate_json(route["content"])
                if any(act.code in stop.templates for stop in content.stops):
                    raise Refused("template_in_use", route=content.code)
            amend(conn, patrol_template, row["id"], {"ended": who.time}, "patrol_template.ended", who, why=act.why)

        return self._carried(run)

    def take_over(self, act: TakeOver, who: Who) -> Carried:
        """Those of the program that are not here, or not as they are there."""
        known = {content.code: content for content in shipped()}
        if strange := next((code for code in act.codes if code not in known), ""):
            raise Refused("no_such_template", name=strange)

        def run(conn: Connection) -> Data:
            count = 0
            for code in act.codes or known:
                before = patrol.newest_of(conn, patrol_template, code)
                here = before is not None and before["ended"] is None
                if here and (not act.codes or (before is not None and before["content"] == kept(known[code]))):
                    continue
                _publish(conn, patrol_template, known[code], who, "")
                count += 1
            return {"count": count}

        return self._carried(run)

    def publish_route(self, act: PublishRoute, who: Who) -> Carried:
        """A route or its next version; all that it names is there."""
        require_sound(act.content)
        if strange := unknown(self._around.room(), act.content):
            raise Refused("patrol_unknown_place", place=", ".join(strange[:5]))

        def run(conn: Connection) -> Data:
            known = {row["code"] for row in patrol.newest(conn, patrol_template)}
            for stop in act.content.stops:
                if missing := next((code for code in stop.templates if code not in known), ""):
                    raise Refused("no_such_template", name=missing)
            return _publish(conn, patrol_route, act.content, who, act.why)

        return self._carried(run)

    def retire_route(self, act: RetireRoute, who: Who) -> Carried:
        """No longer walked; what was missed before still waits for a word."""

        def run(conn: Connection) -> None:
            row = _in_force(conn, patrol_route, act.code)
            amend(conn, patrol_route, row["id"], {"ended": who.time}, "patrol_route.ended", who, why=act.why)

        return self._carried(run)

    def begin(self, act: BeginRound, who: Who) -> Carried:
        """Somebody walks it: one at a time for each due time. The same again is nothing new."""

        def run(conn: Connection) -> Data:
            known = patrol.round_or_none(conn, act.id)
            if known is not None:
                if (known["route_id"], known["due"], known["state"]) != (act.route, act.due, "open"):
                    raise Refused("patrol_other")
                require_own(known, who)
                return {"round": act.id}
            version = patrol.version(conn, patrol_route, act.route)
            if act.due is not None:
                self._require_free(conn, version, act.due, who)
            row = {**NOT_YET, "id": act.id, "state": "open", "route": version["code"], "route_id": act.route, "due": act.due}
            put(conn, patrol_round, row | {"begun": who.time, "time": who.time, **author(who)}, "patrol_round.begun", who)
            return {"round": act.id}

        return self._carried(run)

    def abandon(self, act: AbandonRound, who: Who) -> Carried:
        """A round that was begun is not walked to its end."""

        def run(conn: Connection) -> None:
            row = patrol.round_of(conn, act.round)
            if row["state"] != "open":
                raise Refused("patrol_not_open")
            amend(conn, patrol_round, act.round, {"state": "abandoned", "why": act.why}, "patrol_round.abandoned", who)

        return self._carried(run)

    def explain(self, act: ExplainMissed, who: Who) -> Carried:
        """Why nobody walked; all of these or none."""

        def run(conn: Connection) -> None:
            begin, end = min(act.dues), max(act.dues) + 1
            of_route = [one for one in versions(conn) if one.code == act.route]
            found = {due.at: due for due in dues(of_route, self._around.zone, begin, end)}
            done = {at: Done(round=id) for (at, _), id in patrol.walked(conn, [act.route], begin, end).items()}
            done |= {at: Done(why=why) for (at, _), why in patrol.explained(conn, [act.route], begin, end).items()}
            for at in dict.fromkeys(act.dues):
                if at not in found or state(found[at], done.get(at), who.time) != "missed":
                    raise Refused("patrol_not_missed")
                row = {"route": act.route, "due": at, "why": act.why, "time": who.time, **author(who)}
                put(conn, patrol_missed, row, "patrol_round.explained", who)

        return self._carried(run)

    def scans(self, act: TakeScans, who: Who) -> Carried:
        """What a wand held."""
        if max(scan.time for scan in act.scans) > who.time + DAY_MS:
            raise Refused("time_ahead")
        lines = [(scan.code, scan.time, scan.reader, scan.person) for scan in act.scans]

        def run(conn: Connection) -> Data:
            taken, matched = patrolscans.take(conn, act.source, lines, who.person.id, who.person.display, who.time)
            return {"taken": taken, "known": len(lines) - taken, "matched": matched}

        return self._carried(run)

    def _require_free(self, conn: Connection, version: Mapping[str, Any], due: int, who: Who) -> None:
        """The due time is one, nobody walks it, nobody has."""
        one = next(one for one in versions(conn) if one.id == version["id"])
        if not is_due(one, self._around.zone, due):
            raise Refused("patrol_no_due")
        for row in patrol.open_rounds(conn, who.time - WALKING_MS):
            if (row["route"], row["due"]) == (version["code"], due):
                raise Refused("patrol_begun", by=row["actor_name"])
        if patrol.was_walked(conn, version["code"], due, ""):
            raise Refused("patrol_done")


def require_sound(content: TemplateContent | RouteContent) -> None:
    """Refused(patrol_bad) with the first thing that is wrong."""
    for one in complaints(content):
        raise Refused("patrol_bad", detail=one.what.format_map(one.params))


def kept(content: TemplateContent | RouteContent) -> str:
    """The text of a content in its row."""
    return canonical(content.model_dump(mode="json"))


def _publish(conn: Connection, table: Table, content: TemplateContent | RouteContent, who: Who, why: str) -> Data:
    kind = "patrol_template.published" if table is patrol_template else "patrol_route.published"
    before = patrol.newest_of(conn, table, content.code)
    number = 1 if before is None else before["version"] + 1
    row = {"code": content.code, "version": number, "content": kept(content), "time": who.time, **author(who), "ended": None}
    return {"id": put(conn, table, row, kind, who, why=why), "version": number}


def _in_force(conn: Connection, table: Table, code: str) -> Mapping[str, Any]:
    row = patrol.newest_of(conn, table, code)
    if row is None or row["ended"] is not None:
        raise Refused("no_such_route" if table is patrol_route else "no_such_template")
    return row
