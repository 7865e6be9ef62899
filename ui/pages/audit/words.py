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
    "warning": N_("warning {name}"),
    "incident": N_("incident {name}"),
    "incident_entry": N_("entry of {name}"),
    "plan": N_("plan {name}"),
    "contact": N_("contact {name}"),
    "drill": N_("drill {name}"),
}
FIELDS = {
    "account": N_("person"),
    "acknowledged": N_("acknowledged"),
    "actor": N_("by"),
    "actor_name": N_("by, as called then"),
    "badge": N_("badge"),
    "base": N_("upon version"),
    "begins": N_("begins"),
    "cancelled": N_("called off"),
    "cause": N_("cause"),
    "code": N_("code"),
    "confirmed": N_("confirmed"),
    "content": N_("content"),
    "console": N_("console"),
    "created": N_("made"),
    "detail": N_("detail"),
    "display": N_("name to show"),
    "domain": N_("domain"),
    "enabled": N_("in use"),
    "ended": N_("ended"),
    "ends": N_("ends"),
    "expires": N_("ends"),
    "figures": N_("figures"),
    "hash": N_("hash"),
    "initiator": N_("begun by"),
    "kind": N_("kind"),
    "level": N_("level"),
    "limit": N_("limit"),
    "limited": N_("must first"),
    "locked_until": N_("locked until"),
    "must_change": N_("must change the password"),
    "name": N_("name"),
    "number": N_("number"),
    "opened": N_("begun"),
    "overrides": N_("changed at run time"),
    "password": N_("password"),
    "password_set": N_("password set"),
    "picture": N_("picture"),
    "pin": N_("PIN"),
    "published": N_("published"),
    "raised": N_("raised"),
    "result": N_("result"),
    "returned": N_("returned"),
    "revoked": N_("taken away"),
    "role": N_("role"),
    "roles": N_("roles"),
    "secret": N_("secret"),
    "session": N_("session"),
    "state": N_("state"),
    "subject": N_("thing"),
    "summary": N_("summary"),
    "text": N_("text"),
    "time": N_("time"),
    "title": N_("title"),
    "used": N_("used"),
    "value": N_("value"),
    "way": N_("how"),
    "why": N_("why"),
    "withdrawn": N_("withdrawn"),
    "withdrawn_by": N_("withdrawn by"),
}
TIMES = frozenset({"acknowledged", "begins", "cancelled", "confirmed", "created", "ended", "ends", "expires", "locked_until"})
TIMES |= {"opened", "paired", "password_set", "published", "raised", "retired", "returned", "revoked", "time", "withdrawn"}
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
    elif table in ("output", "self_test"):
        name = id if table == "output" else str(body.get("actor_name") or id)
    elif table in ("warning", "plan", "contact", "drill", "incident", "incident_entry"):
        name = next((str(body[key]) for key in ("number", "title", "name", "actor_name") if body.get(key)), id)
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
        if value.startswith("sha256:") and name == "picture":
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
