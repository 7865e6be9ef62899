"""Figures of a span in words: what each counts, in which unit, on which page of the console the records stand behind it. Counts nothing."""

from typing import NamedTuple

from cityops_desktop.texts import N_, tr

UNKNOWN = N_("unknown")


class Figure(NamedTuple):
    """`unit`: "%" of a share (0 to 1), "h", "s", "min", "kWh", or "" of a number. `page` of the console and `question` to the station
    that give what it was counted from."""

    words: str
    unit: str = ""
    page: str = "reports"
    question: str = ""


_PATROL, _ORDERS, _ALARMS = "/api/v1/duty/patrol/rounds", "/api/v1/duty/orders", "/api/v1/alarms"

FIGURES: dict[str, Figure] = {
    "running.share": Figure(N_("Station running"), "%", "statistics", "/api/v1/statistics/service"),
    "readings.complete": Figure(N_("Readings that came"), "%", "statistics", "/api/v1/statistics/performance"),
    "environment.within": Figure(N_("Environment within its limits"), "%", "statistics", "/api/v1/statistics/performance"),
    "environment.known": Figure(N_("Environment known"), "%", "statistics", "/api/v1/statistics/performance"),
    "alarms.count": Figure(N_("Alarms"), "", "alarms", _ALARMS),
    "alarms.critical": Figure(N_("Alarms of the highest level"), "", "alarms", _ALARMS),
    "alarms.unacknowledged": Figure(N_("Alarms that nobody acknowledged"), "", "alarms", _ALARMS),
    "alarms.answer": Figure(N_("Time to acknowledge, median"), "s", "alarms", _ALARMS),
    "alarms.in_time": Figure(N_("Alarms acknowledged within 5 minutes"), "%", "alarms", _ALARMS),
    "incidents.opened": Figure(N_("Incidents opened"), "", "incidents", "/api/v1/incidents"),
    "incidents.closed": Figure(N_("Incidents closed"), "", "incidents", "/api/v1/incidents"),
    "problems.serious": Figure(N_("Serious problems reported"), "", "reports", "/api/v1/duty/reports"),
    "changes.count": Figure(N_("Changes of the configuration"), "", "config", "/api/v1/config"),
    "roster.turns": Figure(N_("Shifts"), "", "duty", "/api/v1/duty/roster"),
    "roster.unsigned": Figure(N_("Shifts without signing in"), "", "duty", "/api/v1/duty/roster"),
    "roster.uncovered_hours": Figure(N_("Hours without anybody on duty"), "h", "duty", "/api/v1/duty/roster"),
    "roster.checks": Figure(N_("Alertness checks"), "", "duty", "/api/v1/duty/roster"),
    "roster.checks_missed": Figure(N_("Alertness checks missed"), "", "duty", "/api/v1/duty/roster"),
    "log.entries": Figure(N_("Log book entries"), "", "duty", "/api/v1/duty/log"),
    "log.handover": Figure(N_("Log book entries for handover"), "", "duty", "/api/v1/duty/log"),
    "log.open": Figure(N_("Log book items still open"), "", "duty", "/api/v1/duty/log"),
    "log.corrections": Figure(N_("Log book corrections"), "", "duty", "/api/v1/duty/log"),
    "patrol.planned": Figure(N_("Patrols planned"), "", "patrol", _PATROL),
    "patrol.done": Figure(N_("Patrols done"), "", "patrol", _PATROL),
    "patrol.on_time": Figure(N_("Patrols done in time"), "", "patrol", _PATROL),
    "patrol.missed": Figure(N_("Patrols missed"), "", "patrol", _PATROL),
    "patrol.items": Figure(N_("Patrol items looked at"), "", "patrol", _PATROL),
    "patrol.not_ok": Figure(N_("Patrol items not in order"), "", "patrol", _PATROL),
    "patrol.unchecked": Figure(N_("Patrol items not checked"), "", "patrol", _PATROL),
    "patrol.presence.wand": Figure(N_("Patrol stops proved by a wand"), "", "patrol", _PATROL),
    "patrol.presence.spot": Figure(N_("Patrol stops proved by a code on the spot"), "", "patrol", _PATROL),
    "patrol.presence.desk": Figure(N_("Patrol stops proved at the desk only"), "", "patrol", _PATROL),
    "patrol.presence.none": Figure(N_("Patrol stops without proof"), "", "patrol", _PATROL),
    "patrol.doubts": Figure(N_("Patrols in doubt"), "", "patrol", _PATROL),
    "orders.raised": Figure(N_("Work orders raised"), "", "orders", _ORDERS),
    "orders.closed": Figure(N_("Work orders closed"), "", "orders", _ORDERS),
    "orders.cancelled": Figure(N_("Work orders cancelled"), "", "orders", _ORDERS),
    "orders.overdue": Figure(N_("Work orders overdue"), "", "orders", _ORDERS),
    "orders.on_time": Figure(N_("Work orders closed in time"), "%", "orders", _ORDERS),
    "tickets.work": Figure(N_("Work tickets"), "", "orders", "/api/v1/duty/tickets"),
    "tickets.operation": Figure(N_("Operation tickets"), "", "orders", "/api/v1/duty/tickets"),
    "tags.hung": Figure(N_("Tags hung"), "", "orders", "/api/v1/duty/tags"),
    "rotation.done": Figure(N_("Rotation tests passed"), "", "orders", "/api/v1/duty/rotation"),
    "rotation.failed": Figure(N_("Rotation tests failed"), "", "orders", "/api/v1/duty/rotation"),
    "cleaning.slots": Figure(N_("Cleanings planned"), "", "cleaning", "/api/v1/duty/cleaning"),
    "cleaning.done": Figure(N_("Cleanings done"), "", "cleaning", "/api/v1/duty/cleaning"),
    "cleaning.share": Figure(N_("Cleanings done of those planned"), "%", "cleaning", "/api/v1/duty/cleaning"),
    "cleaning.rejected": Figure(N_("Cleanings rejected"), "", "cleaning", "/api/v1/duty/cleaning"),
    "visits": Figure(N_("Visits"), "", "cleaning", "/api/v1/duty/visits"),
    "visits.overdue": Figure(N_("Visits longer than agreed"), "", "cleaning", "/api/v1/duty/visits"),
    "goods.in": Figure(N_("Goods brought in"), "", "cleaning", "/api/v1/duty/goods"),
    "goods.out": Figure(N_("Goods taken out"), "", "cleaning", "/api/v1/duty/goods"),
    "maintenance.due": Figure(N_("Maintenance due"), "", "cleaning", "/api/v1/duty/maintenance"),
    "maintenance.done": Figure(N_("Maintenance done"), "", "cleaning", "/api/v1/duty/maintenance"),
    "maintenance.on_time": Figure(N_("Maintenance done in time"), "", "cleaning", "/api/v1/duty/maintenance"),
    "maintenance.share": Figure(N_("Maintenance done in time of that due"), "%", "cleaning", "/api/v1/duty/maintenance"),
    "calls": Figure(N_("Calls to contractors"), "", "cleaning", "/api/v1/duty/contracts"),
    "calls.in_time": Figure(N_("Calls answered in time"), "", "cleaning", "/api/v1/duty/contracts"),
    "calls.share": Figure(N_("Calls answered in time, share"), "%", "cleaning", "/api/v1/duty/contracts"),
    "handovers": Figure(N_("Handovers"), "", "duty", "/api/v1/duty/handovers"),
    "handovers.refused": Figure(N_("Handovers refused"), "", "duty", "/api/v1/duty/handovers"),
    "handovers.late": Figure(N_("Handovers late"), "", "duty", "/api/v1/duty/handovers"),
    "handovers.late_minutes": Figure(N_("Handovers signed late by, mean"), "min", "duty", "/api/v1/duty/handovers"),
    "stock.missing": Figure(N_("Keys and tools missing"), "", "duty", "/api/v1/duty/stock"),
    "stock.low": Figure(N_("Consumables running out"), "", "duty", "/api/v1/duty/stock"),
}
"""By name. One that is not here is told by its name."""


def name_of(figure: str) -> str:
    """What it counts."""
    return tr(FIGURES[figure].words) if figure in FIGURES else figure


def value_text(figure: str, value: float | None) -> str:
    """The value with its unit; what is not known is said to be unknown."""
    if value is None:
        return tr(UNKNOWN)
    unit = FIGURES[figure].unit if figure in FIGURES else ""
    if unit == "%":
        return f"{value * 100:.2f} %"
    number = f"{round(value, 2):g}" if abs(value) < 1e6 else f"{value:.0f}"
    return f"{number} {unit}".strip()
