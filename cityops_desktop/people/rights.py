"""The rights matrix as data: which role may do what, under which preset. Looking at the room needs no right beyond the console's token.

Three administrators (三员): the administrator makes accounts and devices, the security administrator grants rights and sets the
policy but operates nothing, the auditor reads the record. The preset `mlps3` keeps the three apart (`SEPARATE`), `basic` lets the
administrator of a small room grant as well.
"""

from collections.abc import Iterable, Mapping

from cityops_desktop.model.people import Limited, Preset, Role, Way

_D, _L, _E = Role.DUTY, Role.SHIFT_LEADER, Role.ENGINEER
_A, _S, _U = Role.ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR
_EVERYBODY = frozenset(Role)

BASIC: Mapping[str, frozenset[Role]] = {
    "alarm.acknowledge": frozenset({_D, _L, _E}),
    "alarm.silence": _EVERYBODY,
    "alarm.reset": frozenset({_D, _L, _E}),
    "alarm.tick": frozenset({_D, _L, _E}),
    "alarm.selftest": frozenset({_D, _L, _E}),
    "notify.test": frozenset({_L, _E}),
    "log.archived": frozenset({_L, _E, _A}),
    "alarm.shelve": frozenset({_D, _L, _E}),
    "alarm.shelve_critical": frozenset({_D, _L, _E}),
    "alarm.unshelve": frozenset({_D, _L, _E}),
    "service.begin": frozenset({_L, _E}),
    "service.begin_critical": frozenset({_L, _E}),
    "service.end": frozenset({_D, _L, _E}),
    "people.read": frozenset({_A, _S, _U, _L}),
    "account.create": frozenset({_A}),
    "account.change": frozenset({_A}),
    "account.enable": frozenset({_A, _S}),
    "account.unlock": frozenset({_A, _S}),
    "account.reset_password": frozenset({_A}),
    "account.absence": frozenset({_A, _L}),
    "account.absence_end": frozenset({_A, _L}),
    "role.grant": frozenset({_A, _S}),
    "role.revoke": frozenset({_A, _S}),
    "factor.reset": frozenset({_A, _S}),
    "policy.set": frozenset({_A, _S}),
    "session.revoke": frozenset({_A, _S}),
    "console.pair": frozenset({_A, _S}),
    "console.revoke": frozenset({_A, _S}),
    "approval.open": _EVERYBODY,
    "approval.confirm": _EVERYBODY,
    "approval.withdraw": _EVERYBODY,
    "audit.read": frozenset({_D, _L, _E, _A, _S, _U}),
    "audit.verify": frozenset({_A, _S, _U}),
    "audit.anchor": frozenset({_A, _S, _U}),
    "audit.export": frozenset({_A, _S, _U}),
    "log.read": frozenset({_D, _L, _E, _A, _S, _U}),
    "config.read": frozenset({_D, _L, _E, _A, _S, _U}),
    "config.draft": frozenset({_E, _A}),
    "config.apply": frozenset({_E, _A}),
    "config.rollback": frozenset({_E, _A}),
    "config.override": frozenset({_L, _E}),
    "config.reset": frozenset({_L, _E}),
    "device.admit": frozenset({_E}),
    "device.read": _EVERYBODY,
    "point.write": frozenset({_E}),
    "staff.read": frozenset({_L, _A, _S, _U}),
    "staff.put": frozenset({_A, _L}),
    "staff.end": frozenset({_A, _L}),
    "rule.publish": frozenset({_A, _E}),
    "rule.retire": frozenset({_A, _E}),
    "view.save": _EVERYBODY,
    "view.delete": _EVERYBODY,
    "view.share": frozenset({_L, _E}),
    "alarm_view.save": _EVERYBODY,
    "alarm_view.delete": _EVERYBODY,
    "alarm_view.share": frozenset({_L, _E}),
    "note.add": frozenset({_D, _L, _E}),
    "note.withdraw": frozenset({_D, _L, _E}),
    "warning.issue": frozenset({_L, _E}),
    "warning.respond": frozenset({_D, _L, _E}),
    "warning.lift": frozenset({_L, _E}),
    "incident.read": _EVERYBODY,
    "incident.open": frozenset({_D, _L, _E}),
    "incident.entry": frozenset({_D, _L, _E}),
    "incident.classify": frozenset({_L}),
    "incident.close": frozenset({_L}),
    "incident.export": frozenset({_L, _E}),
    "plan.publish": frozenset({_E, _A}),
    "plan.retire": frozenset({_E, _A}),
    "contact.put": frozenset({_L, _E, _A}),
    "contact.end": frozenset({_L, _E, _A}),
    "drill.prepare": frozenset({_L, _E}),
    "drill.begin": frozenset({_L, _E}),
    "drill.entry": frozenset({_D, _L, _E}),
    "drill.close": frozenset({_L, _E}),
    "drill.improve": frozenset({_L, _E}),
    "attachment.add": frozenset({_D, _L, _E, _A}),
    "logbook.write": frozenset({_D, _L, _E}),
    "logbook.close": frozenset({_D, _L, _E}),
    "duty.read": _EVERYBODY,
    "report.make": frozenset({_D, _L, _E}),
    "report.cancel": frozenset({_D, _L, _E}),
    "report.schedule": frozenset({_L, _E}),
    "report.unschedule": frozenset({_L, _E}),
    "report.template": frozenset({_L, _E, _A}),
    "problem.report": frozenset({_D, _L, _E}),
    "evaluation.agree": frozenset({_L, _A}),
    "evaluation.begin": frozenset({_L, _E, _A}),
    "evaluation.answer": frozenset({_D, _L, _E, _A}),
    "evaluation.remark": _EVERYBODY,
    "evaluation.sign": _EVERYBODY,
    "duty.plan": frozenset({_L, _A}),
    "duty.end": frozenset({_L, _A}),
    "duty.change": frozenset({_L, _A}),
    "duty.withdraw": frozenset({_L, _A}),
    "duty.sign_in": frozenset({_D, _L, _E}),
    "duty.sign_out": frozenset({_D, _L, _E}),
    "order.raise": frozenset({_D, _L, _E}),
    "order.assign": frozenset({_D, _L, _E}),
    "order.begin": frozenset({_D, _L, _E}),
    "order.note": frozenset({_D, _L, _E}),
    "order.done": frozenset({_D, _L, _E}),
    "order.check": frozenset({_D, _L, _E}),
    "order.cancel": frozenset({_L, _E}),
    "ticket.work": frozenset({_D, _L, _E}),
    "ticket.operation": frozenset({_D, _L, _E}),
    "ticket.permit": frozenset({_L, _E}),
    "ticket.extend": frozenset({_L, _E}),
    "ticket.interrupt": frozenset({_D, _L, _E}),
    "ticket.resume": frozenset({_L, _E}),
    "ticket.close": frozenset({_L, _E}),
    "ticket.cancel": frozenset({_D, _L, _E}),
    "ticket.start": frozenset({_D, _L, _E}),
    "ticket.read_out": frozenset({_D, _L, _E}),
    "ticket.operate": frozenset({_D, _L, _E}),
    "ticket.deviate": frozenset({_D, _L, _E}),
    "ticket.abort": frozenset({_D, _L, _E}),
    "tag.hang": frozenset({_D, _L, _E}),
    "tag.remove": frozenset({_D, _L, _E}),
    "rotation.plan": frozenset({_L, _E}),
    "rotation.end_plan": frozenset({_L, _E}),
    "rotation.begin": frozenset({_D, _L, _E}),
    "rotation.end": frozenset({_D, _L, _E}),
    "handover.offer": frozenset({_D, _L, _E}),
    "handover.sign": frozenset({_D, _L, _E}),
    "handover.refuse": frozenset({_D, _L, _E}),
    "handover.withdraw": frozenset({_D, _L, _E}),
    "handover.item": frozenset({_D, _L, _E}),
    "handover.item_close": frozenset({_D, _L, _E}),
    "stock.put": frozenset({_L, _E}),
    "stock.end": frozenset({_L, _E}),
    "stock.move": frozenset({_D, _L, _E}),
    "stock.back": frozenset({_D, _L, _E}),
    "stock.count": frozenset({_D, _L, _E}),
    "cleaning.plan": frozenset({_L, _E}),
    "cleaning.end": frozenset({_L, _E}),
    "cleaning.done": frozenset({_D, _L, _E}),
    "cleaning.check": frozenset({_D, _L, _E}),
    "visit.enter": frozenset({_D, _L, _E}),
    "visit.leave": frozenset({_D, _L, _E}),
    "visit.extend": frozenset({_D, _L, _E}),
    "goods.enter": frozenset({_D, _L, _E}),
    "goods.decide": frozenset({_L, _E}),
    "goods.pass": frozenset({_D, _L, _E}),
    "maintenance.plan": frozenset({_L, _E}),
    "maintenance.end": frozenset({_L, _E}),
    "maintenance.done": frozenset({_D, _L, _E}),
    "contract.put": frozenset({_L, _E, _A}),
    "contract.end": frozenset({_L, _E, _A}),
    "contract.call": frozenset({_D, _L, _E}),
    "contract.step": frozenset({_D, _L, _E}),
    "patrol.template": frozenset({_E}),
    "patrol.template_end": frozenset({_E}),
    "patrol.take_over": frozenset({_E}),
    "patrol.route": frozenset({_L, _E}),
    "patrol.route_end": frozenset({_L, _E}),
    "patrol.begin": frozenset({_D, _L, _E}),
    "patrol.abandon": frozenset({_D, _L, _E}),
    "patrol.submit": frozenset({_D, _L, _E}),
    "patrol.missed": frozenset({_D, _L, _E}),
    "patrol.scans": frozenset({_D, _L, _E}),
    "own.read": _EVERYBODY,
    "own.password": _EVERYBODY,
    "own.pin": _EVERYBODY,
    "own.badge": _EVERYBODY,
    "own.factor_begin": _EVERYBODY,
    "own.factor_confirm": _EVERYBODY,
    "own.factor_end": _EVERYBODY,
    "own.session_end": _EVERYBODY,
    "rule.acknowledge": _EVERYBODY,
}
"""Kinds of commands and questions, and who may give them. A kind that is not named here is nobody's right."""

_STRICTER: Mapping[str, frozenset[Role]] = {
    "account.enable": frozenset({_A}),
    "account.unlock": frozenset({_S}),
    "account.absence": frozenset({_A}),
    "account.absence_end": frozenset({_A}),
    "role.grant": frozenset({_S}),
    "role.revoke": frozenset({_S}),
    "factor.reset": frozenset({_S}),
    "policy.set": frozenset({_S}),
    "session.revoke": frozenset({_S}),
    "console.pair": frozenset({_S}),
    "console.revoke": frozenset({_S}),
    "audit.read": frozenset({_L, _S, _U}),
    "audit.verify": frozenset({_U}),
    "audit.anchor": frozenset({_U}),
    "audit.export": frozenset({_U}),
    "staff.put": frozenset({_A}),
    "staff.end": frozenset({_A}),
}

MATRIX: Mapping[Preset, Mapping[str, frozenset[Role]]] = {Preset.BASIC: BASIC, Preset.MLPS3: {**BASIC, **_STRICTER}}

SEPARATE = (frozenset({_A}), frozenset({_S}), frozenset({_U}), frozenset({_D, _L, _E}))
"""Under mlps3 a person holds roles of one of these groups only (and may always be a viewer)."""

WITHOUT_PERSON = frozenset({"alarm.silence"})
"""Acts that need no session: the horn can be silenced by whoever stands at the console, which is recorded with the console."""

WITHOUT_SESSION = frozenset({"approval.confirm", "handover.sign", "handover.refuse"})
"""Acts that say and prove by themselves who gives them, so that the second person needs no session, and none of another must end."""

TWO_PERSONS: Mapping[Preset, Mapping[str, int]] = {
    Preset.BASIC: {"policy.set": 300, "alarm.shelve_critical": 300, "service.begin_critical": 300},
    Preset.MLPS3: {"policy.set": 300, "alarm.shelve_critical": 300, "service.begin_critical": 300, "factor.reset": 300},
}
"""Acts that are carried out only as a two-person act (people/approvals.py), with the seconds in which the second person must agree."""

CONFIRM: Mapping[str, frozenset[Role]] = {
    "policy.set": frozenset({_A, _S, _U}),
    "factor.reset": frozenset({_A, _S, _U}),
    "alarm.shelve_critical": frozenset({_L, _E}),
    "service.begin_critical": frozenset({_D, _L, _E}),
}
"""Roles of whom the second person must hold one, here and now."""

QUICK = frozenset(
    {
        "alarm.acknowledge",
        "alarm.tick",
        "rule.acknowledge",
        "own.read",
        "own.session_end",
        "people.read",
        "audit.read",
        "config.read",
        "device.read",
    }
    | {"handover.offer", "handover.withdraw", "handover.item", "handover.item_close", "stock.move", "stock.back", "stock.count"}
    | {"view.save", "view.delete", "alarm_view.save", "alarm_view.delete", "note.add"}
    | {"order.raise", "order.begin", "order.note", "order.done", "tag.hang"}
    | {"cleaning.done", "cleaning.check", "visit.enter", "visit.leave", "visit.extend", "goods.enter", "goods.pass"}
    | {"maintenance.done", "contract.call", "contract.step"}
    | {"incident.read", "incident.open", "incident.entry", "warning.respond", "drill.entry"}
    | {"attachment.add", "logbook.write", "logbook.close"}
    | {"patrol.begin", "patrol.abandon", "patrol.submit", "patrol.missed", "patrol.scans"}
    | {"report.make", "report.cancel", "problem.report"}
    | {"duty.read", "duty.sign_in", "duty.sign_out"}
)
"""What a session opened by PIN or badge may do, if its roles may: nothing that changes rights, passwords or the configuration."""

OFF_DUTY = frozenset({"duty.sign_in", "duty.sign_out", "rule.acknowledge", "attachment.add", "patrol.submit"})
"""What duty staff may do also in a room that binds their role to being on duty: coming is the way to everything else."""

_ALLOWED_WHILE_LIMITED: Mapping[Limited, frozenset[str]] = {
    Limited.CHANGE_PASSWORD: frozenset({"own.read", "own.password", "own.session_end"}),
    Limited.ENROL_FACTOR: frozenset({"own.read", "own.password", "own.factor_begin", "own.factor_confirm", "own.session_end"}),
}


def allowed(kind: str, roles: Iterable[Role], preset: Preset = Preset.BASIC) -> bool:
    """May somebody with these roles give this command under this preset?"""
    return not MATRIX[preset].get(kind, frozenset()).isdisjoint(roles)


def allowed_in(kind: str, way: Way, limited: Limited) -> bool:
    """May a session of this kind do it, whatever its roles?"""
    if way is not Way.FULL and kind not in QUICK:
        return False
    return limited is Limited.NOTHING or kind in _ALLOWED_WHILE_LIMITED[limited]


def bound_to_duty(kind: str, roles: Iterable[Role], preset: Preset = Preset.BASIC) -> bool:
    """May somebody with these roles do it only as duty staff, so that a room may ask for being on duty first? Looking, and coming on
    duty, never."""
    if kind.endswith(".read") or kind in OFF_DUTY or kind.startswith(("own.", "handover.")):
        return False
    return not allowed(kind, frozenset(roles) - {Role.DUTY}, preset)


def rights(roles: Iterable[Role], preset: Preset = Preset.BASIC) -> list[str]:
    """Every kind of command that these roles may give, sorted."""
    held = frozenset(roles)
    return sorted(kind for kind in MATRIX[preset] if allowed(kind, held, preset))


def apart(roles: Iterable[Role], preset: Preset) -> bool:
    """Does nobody hold with these roles what the preset keeps apart?"""
    held = frozenset(roles) - {Role.VIEWER}
    return preset is Preset.BASIC or any(held <= group for group in SEPARATE)
