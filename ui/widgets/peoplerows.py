"""What is told about people as rows of words: sessions, factors, staff file, rules, roles. Asks nobody."""

from collections.abc import Iterable, Mapping
from datetime import date, tzinfo

from cityops_desktop.link.people import FactorInfo, GrantInfo, OpenSession, RuleInfo, StaffEntry
from cityops_desktop.model.people import Limited, Role
from cityops_desktop.model.validity import Validity, days_left, validity
from cityops_desktop.sentences import ROLES, STAFF_KINDS, VALIDITIES, WAYS
from cityops_desktop.texts import N_, tr
from ui.models.shown import moment, span_text
from ui.widgets.sheet import Cell, Row, Sign

LIMITS = {
    Limited.NOTHING: "",
    Limited.CHANGE_PASSWORD: N_("must change the password"),
    Limited.ENROL_FACTOR: N_("must set up the second factor"),
}
FACTORS = {
    "totp": N_("code app (TOTP)"),
    "recovery": N_("recovery codes"),
    "authenticator": N_("authenticator for challenges"),
    "fido2": N_("USB key"),
}
NOTHING = "–"


def when(ms: int | None, zone: tzinfo) -> str:
    """Day and minute in the room; a dash for never."""
    return f"{moment(ms, zone):%Y-%m-%d %H:%M}" if ms is not None else NOTHING


def short(ms: int, zone: tzinfo, now: int) -> str:
    """The minute; with month and day when it is not today."""
    then = moment(ms, zone)
    return f"{then:%H:%M}" if then.date() == moment(now, zone).date() else f"{then:%m-%d %H:%M}"


def roles_text(roles: Iterable[Role]) -> str:
    """The roles in the order of the matrix."""
    held = set(roles)
    return ", ".join(tr(ROLES[role]) for role in Role if role in held) or tr("no role here")


def grant_roles(grants: Iterable[GrantInfo]) -> str:
    """The roles held here and now."""
    return roles_text(one.role for one in grants if one.here)


def session_titles(*, named: bool) -> list[str]:
    """Of `session_rows`."""
    return [*([tr("Person")] if named else []), tr("Console"), tr("How"), tr("Logged in"), tr("Ends"), tr("Idle"), tr("Must first")]


def session_rows(sessions: Iterable[OpenSession], zone: tzinfo, now: int, mine: str, *, named: bool) -> list[Row]:
    """Who is logged in where; `mine` is the session of this window."""
    rows = []
    for one in sessions:
        here = one.id == mine
        console = Cell(tr("{console} (here)", console=one.console) if here else one.console, Sign.DISC if here else Sign.RING)
        cells = [
            *([Cell(one.display)] if named else []),
            console,
            Cell(tr(WAYS[one.way])),
            Cell(short(one.opened, zone, now)),
            Cell(short(one.expires, zone, now)),
            Cell(span_text(one.idle)),
            Cell(tr(LIMITS[one.limited]), bold=one.limited is not Limited.NOTHING),
        ]
        rows.append(Row(one.id, tuple(cells)))
    return rows


def factor_titles() -> list[str]:
    """Of `factor_rows`."""
    return [tr("Kind"), tr("Name of the device"), tr("Set up"), tr("Last used"), tr("Left")]


def factor_rows(factors: Iterable[FactorInfo], zone: tzinfo) -> list[Row]:
    """What proves somebody beside the password."""
    return [
        Row(
            one.id,
            (
                Cell(tr(FACTORS[one.kind]) if one.kind in FACTORS else one.kind),
                Cell(one.name if one.kind != "recovery" else ""),
                Cell(when(one.created, zone)),
                Cell(when(one.used, zone)),
                Cell(tr("{n} codes", n=one.left) if one.left is not None else "", bold=one.left is not None and one.left < 3),
            ),
        )
        for one in factors
    ]


def staff_titles() -> list[str]:
    """Of `staff_rows`."""
    return [tr("Kind"), tr("Title"), tr("State"), tr("From"), tr("Until"), tr("Number"), tr("Issued by")]


def staff_rows(staff: Iterable[StaffEntry], today: date) -> list[Row]:
    """Lines of the staff file that hold; what ends soon or is over is said by sign and word."""
    order = list(STAFF_KINDS)
    lines = sorted((one for one in staff if one.ended is None), key=lambda one: (order.index(one.kind), one.begins or "", one.title))
    return [
        Row(
            one.id,
            (
                Cell(tr(STAFF_KINDS[one.kind])),
                Cell(one.title, tip=one.note),
                staff_state(one, today),
                Cell(one.begins or NOTHING),
                Cell(one.ends or NOTHING),
                Cell(one.number),
                Cell(one.issuer),
            ),
        )
        for one in lines
    ]


def staff_state(one: StaffEntry, today: date) -> Cell:
    """Valid, expiring, over; of a training: planned or done; of an examination: passed or not."""
    if one.kind == "training" and (one.begins is None or one.begins > today.isoformat()):
        return Cell(tr("planned"), Sign.RING)
    score = f" ({one.score:g})" if one.score is not None else ""
    if one.result == "failed":
        return Cell(tr("not passed") + score, Sign.CROSS, bold=True)
    state, left = validity(one.ends, today), days_left(one.ends, today)
    if state is Validity.EXPIRED:
        return Cell(tr(VALIDITIES[state]), Sign.TRIANGLE, bold=True)
    if state is Validity.EXPIRES:
        return Cell(tr("{state}: {n} d", state=tr(VALIDITIES[state]), n=left), Sign.TRIANGLE, bold=True)
    if one.result == "passed":
        return Cell(tr("passed") + score, Sign.TICK)
    return Cell(tr("done") if one.kind == "training" else tr(VALIDITIES[state]), Sign.TICK)


def rule_titles() -> list[str]:
    """Of `rule_rows`."""
    return [tr("Rule code"), tr("Title"), tr("Version"), tr("Published"), tr("By"), tr("State")]


def rule_rows(rules: Iterable[RuleInfo], zone: tzinfo, states: Mapping[str, Cell]) -> list[Row]:
    """The library; `states` says of each what its table is about."""
    return [
        Row(
            one.id,
            (
                Cell(one.code),
                Cell(one.title),
                Cell(str(one.version)),
                Cell(when(one.published, zone)),
                Cell(one.actor_name),
                states[one.id],
            ),
        )
        for one in sorted(rules, key=lambda one: (one.retired is not None, one.code))
    ]
