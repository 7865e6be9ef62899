"""Rows of the change log in words: what was done, to what, from where, and each field before and after. Asks nobody, paints nothing."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

from cityops_desktop.link.audit import ChangeInfo
from cityops_desktop.model.alarms import AlarmState
from cityops_desktop.model.people import Preset, Role
from cityops_desktop.sentences import ALARM_STATES, CHANGE_KINDS, PRESETS, RIGHTS, ROLES
from cityops_desktop.texts import N_, pick, tr
from ui.models.room import RoomModel
from ui.models.shown import NOTHING, moment

STATION = "station"
HOW = "how"
"""The part of a row that says how it came about; all else are columns."""
KIND_GROUPS = {
    "alarm.": N_("alarms"),
    "shelf.": N_("shelved alarms"),
    "service.": N_("out of service"),
    "session.": N_("log-ins"),
    "act.": N_("refused acts"),
    "account.": N_("accounts"),
    "role.": N_("roles"),
    "factor.": N_("second factors"),
    "approval.": N_("two-person acts"),
    "policy.": N_("preset"),
    "console.": N_("remote consoles"),
    "config.": N_("configuration"),
    "staff.": N_("staff file"),
    "rule.": N_("rules"),
    "view.": N_("views of the trends"),
    "alarm_view.": N_("alarm filters"),
    "note.": N_("notes on trends"),
    "logbook.": N_("log book"),
    "attachment.": N_("attached files"),
    "patrol_round.": N_("patrols"),
    "patrol_template.": N_("patrol templates"),
    "patrol_route.": N_("patrol routes"),
    "patrol_wand.": N_("patrol wands"),
    "work_order.": N_("work orders"),
    "order_entry.": N_("entries on work orders"),
    "ticket.": N_("tickets"),
    "ticket_step.": N_("steps of operation tickets"),
    "tag.": N_("tags"),
    "rotation_plan.": N_("plans of rotation tests"),
    "rotation.": N_("rotation tests"),
    "duty.": N_("roster"),
    "handover.": N_("handovers"),
    "handover_paper.": N_("papers of handovers"),
    "handover_item.": N_("open matters"),
    "stock.": N_("keys, tools, spares"),
    "cleaning.": N_("cleaning"),
    "visit.": N_("visitors"),
    "goods.": N_("goods in and out"),
    "maintenance.": N_("maintenance calendar"),
    "contract.": N_("contracts and calls"),
    "report.": N_("reports"),
    "problem.": N_("serious problems"),
    "evaluation.": N_("evaluations"),
    "warning.": N_("warnings"),
    "incident.": N_("incidents"),
    "plan.": N_("plans"),
    "contact.": N_("contacts"),
    "drill.": N_("drills"),
    "audit.": N_("change log"),
    "order.": N_("orders to equipment"),
    "output.": N_("alarm outputs"),
    "delivery.": N_("messages"),
    "guidance.": N_("guidance"),
    "self_test.": N_("self-tests"),
    "log.": N_("collected logs"),
    "device.": N_("identity of devices"),
    "station.": N_("station"),
    "recording.": N_("recording"),
    "clock.": N_("clock"),
}
SUBJECTS = {
    "account": N_("account {name}"),
    "role_grant": N_("role of {name}"),
    "absence": N_("leave of {name}"),
    "factor": N_("second factor of {name}"),
    "old_password": N_("password of {name}"),
    "session": N_("console {name}"),
    "console": N_("console {name}"),
    "staff": N_("staff file of {name}"),
    "rule": N_("rule {name}"),
    "rule_read": N_("rule of {name}"),
    "approval": N_("two persons: {name}"),
    "config_version": N_("configuration {name}"),
    "setting": N_("setting {name}"),
    "trend_view": N_("view {name}"),
    "alarm_view": N_("alarm filter {name}"),
    "output": N_("alarm output {name}"),
    "self_test": N_("self-test by {name}"),
    "note": N_("note of {name}"),
    "duty_plan": N_("roster by {name}"),
    "duty_change": N_("change of the roster for {name}"),
    "duty_sign": N_("turn of {name}"),
    "log_entry": N_("log entry of {name}"),
    "attachment": N_("file {name}"),
    "work_order": N_("work order {name}"),
    "order_entry": N_("entry of {name}"),
    "ticket": N_("ticket {name}"),
    "ticket_step": N_("step of {name}"),
    "tag": N_("tag on {name}"),
    "rotation_plan": N_("rotation test {name}"),
    "rotation_run": N_("rotation run of {name}"),
    "warning": N_("warning {name}"),
    "report": N_("report {name}"),
    "report_form": N_("template or agreement {name}"),
    "report_schedule": N_("planned report {name}"),
    "serious_problem": N_("serious problem {name}"),
    "evaluation": N_("evaluation {name}"),
    "evaluation_answer": N_("answer of {name}"),
    "evaluation_remark": N_("comment of {name}"),
    "incident": N_("incident {name}"),
    "incident_entry": N_("entry of {name}"),
    "plan": N_("plan {name}"),
    "contact": N_("contact {name}"),
    "drill": N_("drill {name}"),
}
FIELDS = {
    "agreement": N_("agreement"),
    "at": N_("time of day"),
    "begin": N_("from the beginning"),
    "end": N_("to the end"),
    "evaluation": N_("evaluation"),
    "files": N_("files"),
    "form": N_("template"),
    "language": N_("language"),
    "question": N_("question"),
    "reckoned": N_("figures collected"),
    "respondent": N_("respondent"),
    "schedule": N_("planned report"),
    "score": N_("score"),
    "side": N_("side"),
    "signed_a": N_("signed for party A"),
    "signed_a_at": N_("party A signed"),
    "signed_a_name": N_("signed for party A, as called then"),
    "signed_b": N_("signed for party B"),
    "signed_b_at": N_("party B signed"),
    "signed_b_name": N_("signed for party B, as called then"),
    "since": N_("since"),
    "version": N_("version"),
    "whom": N_("made for"),
    "alarms": N_("alarms"),
    "begun": N_("begun"),
    "days": N_("every so many days"),
    "deviation": N_("deviation"),
    "digest": N_("digest"),
    "done": N_("done"),
    "done_by": N_("done by"),
    "done_name": N_("done by, as called then"),
    "due": N_("due"),
    "ended_by": N_("ended by"),
    "ended_name": N_("ended by, as called then"),
    "first": N_("first day"),
    "hazards": N_("hazards"),
    "leader": N_("work leader"),
    "link": N_("link"),
    "measures": N_("measures"),
    "members": N_("members"),
    "operator": N_("operator"),
    "operator_name": N_("operator, as called then"),
    "owner": N_("owner"),
    "owner_name": N_("owner, as called then"),
    "passed": N_("passed"),
    "permitted": N_("permitted"),
    "permitter": N_("permitted by"),
    "permitter_name": N_("permitted by, as called then"),
    "plan": N_("plan"),
    "points": N_("points"),
    "priority": N_("priority"),
    "proven": N_("proven"),
    "quality": N_("quality"),
    "read": N_("read aloud"),
    "reader": N_("reader"),
    "reader_name": N_("reader, as called then"),
    "reason": N_("reason"),
    "remarks": N_("remarks"),
    "removed": N_("removed"),
    "removed_by": N_("removed by"),
    "removed_name": N_("removed by, as called then"),
    "sort": N_("sort"),
    "source": N_("source"),
    "starts": N_("from"),
    "step": N_("step"),
    "steps": N_("steps"),
    "tags": N_("tags"),
    "target": N_("tagged"),
    "ticket": N_("ticket"),
    "until": N_("until"),
    "value_time": N_("time of the value"),
    "work_order": N_("work order"),
    "answered": N_("answered"),
    "asked": N_("asked"),
    "left": N_("signed out"),
    "other": N_("the other person"),
    "other_begin": N_("the other's begin"),
    "other_end": N_("the other's end"),
    "planned": N_("by the plan"),
    "post": N_("post"),
    "relief": N_("relieved by"),
    "relief_name": N_("relieved by, as called then"),
    "signed": N_("signed in"),
    "turn": N_("turn"),
    "withdrawn_why": N_("why withdrawn"),
    "about": N_("about"),
    "account": N_("person"),
    "acknowledged": N_("acknowledged"),
    "actor": N_("by"),
    "actor_name": N_("by, as called then"),
    "attachments": N_("files attached"),
    "badge": N_("badge"),
    "base": N_("upon version"),
    "begins": N_("begins"),
    "cancelled": N_("called off"),
    "cause": N_("cause"),
    "closed": N_("closed"),
    "closed_name": N_("settled by, as called then"),
    "closed_text": N_("how it was settled"),
    "code": N_("code"),
    "confirmed": N_("confirmed"),
    "console": N_("console"),
    "content": N_("content"),
    "corrects": N_("corrects"),
    "created": N_("made"),
    "detail": N_("detail"),
    "display": N_("name to show"),
    "domain": N_("domain"),
    "enabled": N_("in use"),
    "ended": N_("ended"),
    "ends": N_("ends"),
    "expires": N_("ends"),
    "fields": N_("fields"),
    "figures": N_("figures"),
    "handover": N_("for handover"),
    "hash": N_("hash"),
    "initiator": N_("begun by"),
    "kind": N_("kind"),
    "level": N_("level"),
    "limit": N_("limit"),
    "limited": N_("must first"),
    "links": N_("about"),
    "locked_until": N_("locked until"),
    "media": N_("sort of file"),
    "must_change": N_("must change the password"),
    "name": N_("name"),
    "note": N_("note"),
    "number": N_("number"),
    "opened": N_("begun"),
    "overrides": N_("changed at run time"),
    "password": N_("password"),
    "password_set": N_("password set"),
    "picture": N_("picture"),
    "pin": N_("PIN"),
    "place": N_("place"),
    "published": N_("published"),
    "raised": N_("raised"),
    "result": N_("result"),
    "returned": N_("returned"),
    "revoked": N_("taken away"),
    "role": N_("role"),
    "roles": N_("roles"),
    "secret": N_("secret"),
    "session": N_("session"),
    "sha256": N_("SHA-256"),
    "size": N_("bytes"),
    "state": N_("state"),
    "subject": N_("thing"),
    "summary": N_("summary"),
    "template": N_("template"),
    "text": N_("text"),
    "time": N_("time"),
    "title": N_("title"),
    "used": N_("used"),
    "value": N_("value"),
    "way": N_("how"),
    "why": N_("why"),
    "withdrawn": N_("withdrawn"),
    "withdrawn_by": N_("withdrawn by"),
    "written": N_("written down"),
}
TIMES = frozenset({"acknowledged", "begins", "cancelled", "confirmed", "created", "ended", "ends", "expires", "locked_until"})
TIMES |= {
    "opened",
    "paired",
    "password_set",
    "published",
    "raised",
    "retired",
    "returned",
    "revoked",
    "time",
    "withdrawn",
    "closed",
    "written",
}
TIMES |= {"begin", "end", "reckoned", "signed_a_at", "signed_b_at", "since"}
TIMES |= {"begun", "done", "due", "permitted", "read", "removed", "starts", "until", "value_time"}
NOBODY = "console:"
"""An act without a session was sent from the console of this name."""
ENTRANCE = {
    "session.open": N_("log-in"),
    "session.touch": N_("use of a session"),
    "session.quick": N_("log-in by PIN or badge"),
    "setup": N_("first start"),
}
"""What can be refused to somebody whom the station does not know yet."""
SETTINGS = {"security.preset": N_("preset of people and passwords")}
PEOPLE = frozenset({"account", "actor", "initiator", "confirmer", "by"})
_NAMED_BY = ("number", "title", "target", "name", "code", "respondent", "reader_name", "actor_name")
_REPORTS = ("report", "report_form", "report_schedule", "serious_problem", "evaluation", "evaluation_answer", "evaluation_remark")
_DUTY = ("work_order", "order_entry", "ticket", "ticket_step", "tag", "rotation_plan", "rotation_run")
EARLIEST = 10**12
"""A figure in a field of time below this is no time in ms (2001)."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of a row: `changed` when its predecessor had it otherwise, `before` None when there is none to compare with."""

    name: str
    before: str | None
    after: str
    changed: bool


def kind_text(kind: str) -> str:
    """What a row is about."""
    return tr(CHANGE_KINDS[kind]) if kind in CHANGE_KINDS else kind


def person_text(row: ChangeInfo) -> str:
    """Who it was."""
    if row.actor == STATION:
        return tr("the station")
    return tr("nobody logged in") if row.actor.startswith(NOBODY) else row.actor_name


def console_text(row: ChangeInfo) -> str:
    """Where from; "" for what the station did by itself."""
    how = row.body.get(HOW)
    told = how.get("console") if isinstance(how, dict) else None
    return str(told or row.body.get("console") or "")


def thing_text(row: ChangeInfo, people: Mapping[str, str], model: RoomModel) -> str:
    """What was changed, by the name that people know."""
    table, _, id = row.subject.partition(":")
    if table == "refused":
        return tr(RIGHTS[id]) if id in RIGHTS else tr(ENTRANCE[id]) if id in ENTRANCE else id
    if not id:
        return {"audit": tr("change log"), STATION: tr("the station")}.get(table, row.subject)
    body = row.body
    if table in ("device", "access", "order"):
        return _place(str(body.get("point") or row.subject) if table == "order" else id, model)
    if table == "alarm":
        name = _place(str(body.get("subject") or ""), model) or str(body.get("key") or id)
    elif table in ("output", "self_test", "log_entry", "duty_plan"):
        name = id if table == "output" else str(body.get("actor_name") or id)
    elif table in ("warning", "plan", "contact", "drill", "incident", "incident_entry", *_DUTY, *_REPORTS):
        name = next((str(body[key]) for key in _NAMED_BY if body.get(key)), id)
    elif table in ("trend_view", "alarm_view"):
        name = str(body.get("name") or id)
    elif table in ("session", "console"):
        name = str(body.get("name") or body.get("console") or id)
    elif table == "config_version":
        name = str(body.get("number") or id)
    elif table in ("rule", "setting", "approval"):
        name = str(body.get("title") or body.get("id" if table == "setting" else "kind") or id)
        name = tr(RIGHTS[name]) if name in RIGHTS else tr(SETTINGS[name]) if name in SETTINGS else name
    else:
        account = id if table == "account" else str(body.get("account") or "")
        name = people.get(account) or str(body.get("display") or body.get("name") or account or id)
    if table == "alarm":
        return name
    return tr(SUBJECTS[table], name=name) if table in SUBJECTS else row.subject


def fields_of(row: ChangeInfo, people: Mapping[str, str], zone: tzinfo) -> list[FieldChange]:
    """Field by field: those that changed first; how it came about last."""
    before = row.before or {}
    record = row.before is not None
    found = []
    for name in [*row.body, *(name for name in before if name not in row.body)]:
        if name == HOW:
            continue
        changed = name in before
        old = value_text(name, before[name], people, zone) if changed else None
        found.append(FieldChange(field_text(name), old, value_text(name, row.body.get(name), people, zone), changed))
    if record:
        found.sort(key=lambda one: not one.changed)
    how = row.body.get(HOW)
    for name, value in how.items() if isinstance(how, dict) else ():
        found.append(FieldChange(tr("{name} (how)", name=field_text(name)), None, value_text(name, value, people, zone), False))
    return found


def field_text(name: str) -> str:
    """A field's name."""
    return tr(FIELDS[name]) if name in FIELDS else name


def value_text(name: str, value: object, people: Mapping[str, str], zone: tzinfo) -> str:
    """A field's value."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if name in TIMES and isinstance(value, int) and value >= EARLIEST:
        return f"{moment(value, zone):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, str):
        if value.startswith("sha256:") and name in ("picture", "content", "steps"):
            return tr("kept with the record (fingerprint {digits})", digits=value[7:15])
        if value.startswith("sha256:"):
            return tr("kept secret (fingerprint {digits})", digits=value[7:15])
        if name in PEOPLE and value in people:
            return people[value]
        if name == "role" and value in set(Role):
            return tr(ROLES[Role(value)])
        if name == "state" and value in set(AlarmState):
            return tr(ALARM_STATES[AlarmState(value)])
        if name == "value" and value in set(Preset):
            return tr(PRESETS[Preset(value)])
        return value
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def grouped(hash: str) -> str:
    """A hash that can be read aloud: groups of four."""
    return " ".join(hash[n : n + 4] for n in range(0, len(hash), 4))


def haystack(row: ChangeInfo) -> str:
    """All words of a row, for a search within what was told."""
    return f"{row.kind} {row.subject} {json.dumps(row.body, ensure_ascii=False)}".casefold()


def _place(subject: str, model: RoomModel) -> str:
    point = model.points.get(subject)
    device = model.devices.get(point.device if point is not None else subject)
    if device is None:
        return subject
    return f"{pick(device.names)} · {pick(point.names)}" if point is not None else pick(device.names)
