"""Acts of people about warnings, incidents, plans, contacts and drills. What may follow what is in cityops_desktop.incidents.states."""

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from cityops_desktop.incidents import editions
from cityops_desktop.incidents.states import (
    DRILL,
    INCIDENT,
    MOVES,
    WARNING,
    DrillEvent,
    DrillState,
    EntryKind,
    IncidentEvent,
    IncidentState,
    WarningEvent,
    WarningState,
    after,
)
from cityops_desktop.link.acts import (
    AddDrillEntry,
    AddEntry,
    BeginDrill,
    ClassifyIncident,
    CloseDrill,
    CloseIncident,
    EndContact,
    ImproveDrill,
    IssueWarning,
    LiftWarning,
    OpenIncident,
    PrepareDrill,
    PublishPlan,
    PutContact,
    RespondWarning,
    RetirePlan,
)
from cityops_desktop.model.canonical import canonical
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Room
from cityops_desktop.station.acts.act import Acts, Carried, Data, Job
from cityops_desktop.station.acts.written import amend, author, not_ahead, put
from cityops_desktop.store import incidents
from cityops_desktop.store.numbers import next_number
from cityops_desktop.store.schema import contact, drill, incident, incident_entry, plan, warning

MOST_CONTACTS = 1000


class IncidentActs:
    """warning.*, incident.*, plan.*, contact.*, drill.*. `changed` is called on the loop after the commit of each."""

    def __init__(self, room: Callable[[], Room], changed: Callable[[], None]) -> None:
        self._room = room
        self._changed = changed

    def acts(self) -> Acts:
        """By kind."""
        return {
            "warning.issue": self.issue,
            "warning.respond": self.respond,
            "warning.lift": self.lift,
            "incident.open": self.open,
            "incident.classify": self.classify,
            "incident.entry": self.entry,
            "incident.close": self.close,
            "plan.publish": self.publish,
            "plan.retire": self.retire,
            "contact.put": self.put_contact,
            "contact.end": self.end_contact,
            "drill.prepare": self.prepare,
            "drill.begin": self.begin,
            "drill.entry": self.drill_entry,
            "drill.close": self.close_drill,
            "drill.improve": self.improve,
        }

    def issue(self, act: IssueWarning, who: Who) -> Carried:
        """A warning is in force."""
        if act.until is not None and act.until <= who.time:
            raise Refused("until_is_past")
        row: dict[str, Any] = {
            "colour": act.colour.value,
            "title": act.title,
            "text": act.text,
            "source": act.source,
            "response": act.response,
        }
        row |= {"state": WarningState.ISSUED.value, "issued": who.time, "until": act.until, **author(who)}
        row |= {"responded": None, "responded_by": "", "responded_text": "", "lifted": None, "lifted_by": "", "lift_why": ""}
        return self._carried(lambda conn: {"warning": put(conn, warning, row, "warning.issued", who)})

    def respond(self, act: RespondWarning, who: Who) -> Carried:
        """What was done about it; the newest such text stands on the board, all of them in the change log."""

        def run(conn: Connection) -> None:
            state = _next_warning(incidents.get(conn, warning, act.warning), WarningEvent.RESPOND)
            values = {"state": state.value, "responded": who.time, "responded_by": who.person.display, "responded_text": act.text}
            amend(conn, warning, act.warning, values, "warning.responded", who)

        return self._carried(run)

    def lift(self, act: LiftWarning, who: Who) -> Carried:
        """It is over."""

        def run(conn: Connection) -> None:
            state = _next_warning(incidents.get(conn, warning, act.warning), WarningEvent.LIFT)
            values = {"state": state.value, "lifted": who.time, "lifted_by": who.person.display, "lift_why": act.why}
            amend(conn, warning, act.warning, values, "warning.lifted", who)

        return self._carried(run)

    def open(self, act: OpenIncident, who: Who) -> Carried:
        """Something has happened. It has the newest edition until somebody grades it."""
        not_ahead(act.found, who)
        if act.begun > act.found:
            raise Refused("begun_after_found")
        zone = ZoneInfo(self._room().timezone)
        row: dict[str, Any] = {
            "title": act.title,
            "text": act.text,
            "begun": act.begun,
            "found": act.found,
            "opened": who.time,
            **author(who),
        }
        row |= {"state": IncidentState.OPENED.value, "edition": editions.EDITIONS[0], "sort": "", "part": "", "importance": "", "loss": ""}
        row |= {"impact": 0, "grade": None, "reporter": act.reporter, "recovered": None, "closed": None, "closed_by": ""}
        row |= {"reason": "", "actions": "", "lessons": "", "alarms": canonical(list(dict.fromkeys(act.alarms)))}

        def run(conn: Connection) -> Data:
            if set(act.alarms) - incidents.known_alarms(conn, act.alarms):
                raise Refused("no_such_alarm")
            number = next_number(conn, incident.c.number, who.time, zone)
            return {"incident": put(conn, incident, {**row, "number": number}, "incident.opened", who), "number": number}

        return self._carried(run)

    def classify(self, act: ClassifyIncident, who: Who) -> Carried:
        """Class and grade, by the tables of the edition."""
        try:
            table = editions.edition(act.edition)
            grade = editions.grade(table, act.importance, act.loss, act.impact)
        except KeyError as error:
            raise Refused("no_such_grade", name=str(error.args[0])) from None
        if table.sort(act.sort) is None or (act.part and table.part(act.sort, act.part) is None):
            raise Refused("no_such_grade", name=f"{act.sort} {act.part}".strip())
        values = act.model_dump(include={"edition", "sort", "part", "importance", "loss", "impact", "reporter"}) | {"grade": grade}

        def run(conn: Connection) -> Data:
            _require_open(incidents.get(conn, incident, act.incident))
            amend(conn, incident, act.incident, values, "incident.classified", who, why=act.why)
            return {"grade": grade}

        return self._carried(run)

    def entry(self, act: AddEntry, who: Who) -> Carried:
        """What was done or seen; some kinds move the incident on. Reports and notes may follow after its end."""
        not_ahead(act.time, who)
        if act.rule and not any(rule.id == act.rule for rule in editions.reporting().rules):
            raise Refused("no_such_report", rule=act.rule)
        if (act.entry is EntryKind.REPORTED) is not bool(act.told.strip()):
            raise Refused("bad_request", detail="a report names who was told, and nothing else does")

        def run(conn: Connection) -> Data:
            found = incidents.get(conn, incident, act.incident)
            if act.time < found["begun"]:
                raise Refused("before_it_began")
            if act.plan:
                incidents.get(conn, plan, act.plan)
            move = MOVES.get(act.entry)
            if move is not None:
                state = after(INCIDENT, IncidentState(found["state"]), move)
                if state is None:
                    raise Refused("not_in_this_state")
                recovered = act.time if state is IncidentState.RECOVERED else None
                amend(conn, incident, act.incident, {"state": state.value, "recovered": recovered}, "incident.moved", who)
            more = {"kind": act.entry.value, "rule": act.rule, "told": act.told, "plan": act.plan}
            return {"entry": _write(conn, f"incident:{act.incident}", act.time, act.text, "incident.entry", who, **more)}

        return self._carried(run)

    def close(self, act: CloseIncident, who: Who) -> Carried:
        """All is written."""

        def run(conn: Connection) -> None:
            found = incidents.get(conn, incident, act.incident)
            state = after(INCIDENT, IncidentState(found["state"]), IncidentEvent.CLOSE)
            if state is None:
                raise Refused("not_recovered" if found["closed"] is None else "incident_closed")
            if found["grade"] is None:
                raise Refused("not_graded")
            values = act.model_dump(include={"reason", "actions", "lessons"})
            values |= {"state": state.value, "closed": who.time, "closed_by": who.person.display}
            amend(conn, incident, act.incident, values, "incident.closed", who)

        return self._carried(run)

    def publish(self, act: PublishPlan, who: Who) -> Carried:
        """A plan, or its next version."""
        known = {sort.id for id in editions.EDITIONS for sort in editions.edition(id).classes}
        if unknown := [one for one in act.sorts if one not in known]:
            raise Refused("no_such_grade", name=unknown[0])
        starts = {"grade": act.grade, "sorts": act.sorts, "level": act.level, "groups": [group.value for group in act.groups]}
        row = act.model_dump(include={"code", "title", "text", "conditions"}) | {"starts": canonical(starts), "published": who.time}

        def run(conn: Connection) -> Data:
            version = incidents.next_version(conn, act.code)
            id = put(conn, plan, {**row, "version": version, "retired": None, **author(who)}, "plan.published", who)
            return {"plan": id, "version": version}

        return self._carried(run)

    def retire(self, act: RetirePlan, who: Who) -> Carried:
        """A plan in force is so no longer."""

        def run(conn: Connection) -> None:
            found = incidents.get(conn, plan, act.plan)
            if found["retired"] is not None or found["version"] + 1 != incidents.next_version(conn, found["code"]):
                raise Refused("plan_not_in_force")
            amend(conn, plan, act.plan, {"retired": who.time}, "plan.retired", who, why=act.why)

        return self._carried(run)

    def put_contact(self, act: PutContact, who: Who) -> Carried:
        """A line of the contact tree; nobody stands below himself."""
        values = act.model_dump(exclude={"kind", "id"}) | {"time": who.time, "actor": who.person.id, "ended": None}

        def run(conn: Connection) -> Data:
            known = {row["id"]: row["parent"] for row in incidents.contacts(conn)}
            if act.parent and act.parent not in known:
                raise Refused("no_such_contact")
            if not act.id:
                if len(known) >= MOST_CONTACTS:
                    raise Refused("too_many_contacts", most=MOST_CONTACTS)
                return {"contact": put(conn, contact, values, "contact.put", who)}
            if act.id not in known:
                raise Refused("no_such_contact")
            above, steps = act.parent, 0
            while above and steps <= len(known):
                if above == act.id:
                    raise Refused("contact_below_itself")
                above, steps = known.get(above, ""), steps + 1
            amend(conn, contact, act.id, values, "contact.put", who)
            return {"contact": act.id}

        return self._carried(run)

    def end_contact(self, act: EndContact, who: Who) -> Carried:
        """Not to be called any more."""

        def run(conn: Connection) -> None:
            known = {row["id"]: row["parent"] for row in incidents.contacts(conn)}
            if act.contact not in known:
                raise Refused("no_such_contact")
            if act.contact in known.values():
                raise Refused("contact_has_others")
            amend(conn, contact, act.contact, {"ended": who.time}, "contact.ended", who, why=act.why)

        return self._carried(run)

    def prepare(self, act: PrepareDrill, who: Who) -> Carried:
        """A drill is planned."""
        row = act.model_dump(exclude={"kind"}) | {"state": DrillState.PREPARED.value, "prepared": who.time, **author(who)}
        row |= {"begun": None, "ended": None, "summary": "", "passed": None, "improvements": "", "until": "", "improved": None}

        def run(conn: Connection) -> Data:
            if act.plan:
                incidents.get(conn, plan, act.plan)
            return {"drill": put(conn, drill, {**row, "improved_text": ""}, "drill.prepared", who)}

        return self._carried(run)

    def begin(self, act: BeginDrill, who: Who) -> Carried:
        """It runs."""

        def run(conn: Connection) -> None:
            state = _next_drill(incidents.get(conn, drill, act.drill), DrillEvent.BEGIN)
            amend(conn, drill, act.drill, {"state": state.value, "begun": who.time}, "drill.begun", who)

        return self._carried(run)

    def drill_entry(self, act: AddDrillEntry, who: Who) -> Carried:
        """What was done or seen in it."""
        not_ahead(act.time, who)

        def run(conn: Connection) -> Data:
            if incidents.get(conn, drill, act.drill)["state"] != DrillState.RUNNING:
                raise Refused("not_in_this_state")
            return {"entry": _write(conn, f"drill:{act.drill}", act.time, act.text, "drill.entry", who)}

        return self._carried(run)

    def close_drill(self, act: CloseDrill, who: Who) -> Carried:
        """Summed up; one that has not begun is called off."""
        improves = bool(act.improvements.strip())
        if improves and act.until is None:
            raise Refused("until_which_day")

        def run(conn: Connection) -> None:
            found = incidents.get(conn, drill, act.drill)
            if found["state"] == DrillState.PREPARED:
                state = _next_drill(found, DrillEvent.CALL_OFF)
                values: dict[str, Any] = {"passed": None, "improvements": "", "until": ""}
            else:
                state = _next_drill(found, DrillEvent.SUM_UP_TO_IMPROVE if improves else DrillEvent.SUM_UP)
                until = (act.until or "") if improves else ""
                values = {"passed": act.passed, "improvements": act.improvements, "until": until}
            values |= {"state": state.value, "ended": who.time, "summary": act.summary}
            kind = "drill.called_off" if state is DrillState.CALLED_OFF else "drill.summed_up"
            amend(conn, drill, act.drill, values, kind, who)

        return self._carried(run)

    def improve(self, act: ImproveDrill, who: Who) -> Carried:
        """What was to be improved has been."""

        def run(conn: Connection) -> None:
            state = _next_drill(incidents.get(conn, drill, act.drill), DrillEvent.IMPROVED)
            values = {"state": state.value, "improved": who.time, "improved_text": act.text}
            amend(conn, drill, act.drill, values, "drill.improved", who)

        return self._carried(run)

    def _carried(self, job: Job) -> Carried:
        return Carried(job, self._changed)


def _write(conn: Connection, about: str, time: int, text: str, change: str, who: Who, **more: str) -> str:
    row: dict[str, Any] = {"kind": EntryKind.NOTE.value, "rule": "", "told": "", "plan": "", **more}
    row |= {"about": about, "time": time, "written": who.time, "text": text, **author(who)}
    return put(conn, incident_entry, row, change, who)


def _require_open(row: Mapping[str, Any]) -> None:
    if row["closed"] is not None:
        raise Refused("incident_closed")


def _next_warning(row: Mapping[str, Any], event: WarningEvent) -> WarningState:
    state = after(WARNING, WarningState(row["state"]), event)
    if state is None:
        raise Refused("warning_lifted")
    return state


def _next_drill(row: Mapping[str, Any], event: DrillEvent) -> DrillState:
    state = after(DRILL, DrillState(row["state"]), event)
    if state is None:
        raise Refused("not_in_this_state")
    return state
