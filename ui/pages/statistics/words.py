"""Codes of the statistics to words: tables, columns, what a figure rests on, what is not known. Reckons nothing."""

from collections.abc import Mapping
from datetime import datetime, tzinfo

from cityops_desktop.model.statistics import About, By, Cell, Column, Measure, Note, Subject, Table
from cityops_desktop.sentences import CHANGE_KINDS, GROUPS, ROLES, level_name
from cityops_desktop.texts import N_, pick, tr
from ui.models.room import RoomModel
from ui.models.shown import NOTHING, figure, moment, span_text

SUBJECTS = {
    Subject.BUSINESS: N_("Business"),
    Subject.SERVICE: N_("Service process"),
    Subject.PERFORMANCE: N_("Performance"),
    Subject.CONFIGURATION: N_("Configuration"),
}
BY = {By.DAY: N_("by day"), By.WEEK: N_("by week"), By.MONTH: N_("by month")}
TITLES = {
    "groups_by_period": N_("Alarms by equipment group"),
    "worst_by_period": N_("Hours of the worst alarm"),
    "acts_by_period": N_("Acts of duty and configuration changes"),
    "energy_by_period": N_("Energy by meter and period"),
    "alarms_by_period": N_("Alarms and their handling by period"),
    "alarms_by_level": N_("Alarms and their handling by level"),
    "alarms_by_group": N_("Alarms and their handling by group"),
    "alarms_by_device": N_("Alarms and their handling by device"),
    "acknowledged_by_post": N_("Acknowledged by post"),
    "acknowledged_by_person": N_("Acknowledged by person"),
    "acts_by_person": N_("Acts by person and kind"),
    "logins_by_person": N_("Log-ins by person"),
    "complete_by_period": N_("Completeness by period"),
    "available_by_bus": N_("Availability by line"),
    "available_by_device": N_("Availability by device"),
    "energy_by_meter": N_("Energy by meter"),
    "environment": N_("Hours within the limits by area"),
    "pue": N_("PUE"),
    "answers": N_("How devices answer"),
    "devices_by_group": N_("Devices by equipment group"),
    "devices_by_type": N_("Devices by type"),
    "buses": N_("Lines"),
    "versions_by_period": N_("Configuration versions"),
    "devices_by_period": N_("Devices found, changed, admitted"),
    "racks": N_("Use of the racks"),
    "identities": N_("Identity and software of the devices"),
}
COLUMNS = {
    "alarms": N_("alarms"),
    "unacknowledged": N_("not acknowledged"),
    "ack_median": N_("acknowledged after: median"),
    "ack_p95": N_("acknowledged after: 95 %"),
    "standing_median": N_("stood: median"),
    "standing_p95": N_("stood: 95 %"),
    "still_standing": N_("still stands"),
    "no_alarm": N_("no alarm"),
    "unknown": N_("unknown"),
    "acts": N_("acts"),
    "act": N_("act"),
    "versions": N_("versions"),
    "acknowledged": N_("acknowledged"),
    "complete": N_("complete"),
    "points": N_("points"),
    "worst_share": N_("worst day"),
    "worst_day": N_("which"),
    "energy": N_("energy"),
    "days_known": N_("days known"),
    "exchanged": N_("days with an exchange"),
    "within_share": N_("within"),
    "within": N_("hours within"),
    "outside": N_("hours outside"),
    "pue": N_("PUE"),
    "energy_room": N_("room"),
    "energy_racks": N_("racks"),
    "known": N_("hours known"),
    "requests": N_("requests"),
    "unanswered": N_("unanswered"),
    "damaged": N_("damaged"),
    "late": N_("late answers"),
    "answer_p50": N_("answer: median"),
    "answer_p95": N_("answer: 95 %"),
    "devices": N_("devices"),
    "limits": N_("limits"),
    "driver": N_("driver"),
    "u_used": N_("U used"),
    "u_free": N_("U free"),
    "u_used_part": N_("in use"),
    "largest_run": N_("longest free run (U)"),
    "items": N_("items"),
    "power_now": N_("power now"),
    "identity": N_("identity"),
    "software": N_("software"),
    "waits": N_("waits"),
    "admitted": N_("admitted"),
}
ABOUT = {
    About.PERIOD: N_("period"),
    About.DEVICE: N_("device"),
    About.POINT: N_("point"),
    About.BUS: N_("line"),
    About.GROUP: N_("group"),
    About.LEVEL: N_("level"),
    About.PERSON: N_("person"),
    About.ROLE: N_("post"),
    About.AREA: N_("area"),
    About.RACK: N_("rack"),
    About.NAMED: N_("type"),
}
RESTS = {
    "alarms": N_("Rests on the alarms raised in the span, as the record has them."),
    "alarms_and_runs": N_("Rests on the alarms of the record and on when the station ran; while it did not, the room's state is unknown."),
    "change_log": N_("Rests on the change log."),
    "readings": N_(
        "Rests on the historian: readings that could be used, of those that were due at the poll period of the present configuration."
    ),
    "counters": N_(
        "Rests on the meters' counters; what was counted over an exchange is left out. "
        "Meters are not added up: one may stand behind another."
    ),
    "minutes": N_("Rests on the minutes of the historian: a minute is within when every known sensor of the area is."),
    "power": N_("Rests on the minutes in which the power of the room and of all its racks is known."),
    "since_start": N_("Rests on the station's counters since its start, not on the span."),
    "room": N_("Rests on the configuration in force now."),
    "room_and_now": N_("Rests on the configuration in force now and on the newest power readings."),
    "devices": N_("Rests on what the devices say of themselves, and on their admission."),
}
NOTES = {
    "people_withheld": N_("Who did what is told to persons who may read the change log, after they have logged in."),
    "not_over": N_("The last period is not over yet."),
    "few_days": N_("Days recorded in the span: {days}, fewer than {enough}: do not take them for the usual."),
    "recorded_since": N_("Recorded since {time}: what was before is unknown."),
    "nothing_recorded": N_("Nothing has been recorded yet: unknown."),
    "roles_overlap": N_("Who held two posts counts for both."),
    "meters_exchanged": N_("Meters exchanged or reset: {n}; their energy is at least this."),
    "no_meters": N_("The room has no energy meter: unknown."),
    "no_sensors": N_("No sensor of the room's air has limits: unknown."),
    "pue_no_mains": N_("Unknown: the room file has no power chain with a mains supply."),
    "pue_mains_unmetered": N_("Unknown: the power of the mains supply is not measured."),
    "pue_racks_unmetered": N_("Unknown: not every rack with equipment in it is metered."),
    "pue_units": N_("Unknown: a power point is not in W or kW."),
    "pue_minutes": N_("Energy of the room over that of its racks, both from minute values of power."),
    "since_start": N_("Since {time}."),
    "racks_unmetered": N_("Racks without a power meter: {n}; their power is unknown."),
    "identity_unsaid": N_("Devices that do not say who they are: {n}."),
}
OTHER_GROUPS = {"bus": N_("lines"), "station": N_("the station itself"), "gone": N_("no longer in the room")}
WAITS = {"": N_("no"), "new": N_("new"), "changed": N_("changed")}
NO_AREA = N_("outside of all areas")
NO_PROFILE = N_("described in the room file")
SHARE_TOP = 0.9995


def table_title(table: Table) -> str:
    """What a table tells."""
    return tr(TITLES[table.code])


def notes_text(table: Table, zone: tzinfo) -> str:
    """What it rests on, and what is not known."""
    return " ".join([tr(RESTS[table.rests]), *(note_text(note, zone) for note in table.notes)])


def note_text(note: Note, zone: tzinfo) -> str:
    """A note as a sentence."""
    told = {name: f"{moment(int(value), zone):%Y-%m-%d %H:%M}" if name == "time" else value for name, value in note.params.items()}
    return tr(NOTES[note.code], **told)


class Words:
    """Ids and cells in words, of this room and these people."""

    def __init__(self, model: RoomModel, people: Mapping[str, str], by: By) -> None:
        self._model, self._people, self.by = model, people, by

    def label(self, about: About, id: str) -> str:
        """What a row, a column or a cell is about."""
        match about:
            case About.PERIOD:
                return period_text(moment(int(id), self._model.zone), self.by)
            case About.DEVICE:
                device = self._model.devices.get(id)
                return pick(device.names) if device else id
            case About.POINT:
                return self._point(id)
            case About.BUS:
                bus = self._model.buses.get(id)
                return pick(bus.names) if bus else id
            case About.AREA:
                areas = self._model.room.areas if self._model.room else []
                return next((pick(area.names) for area in areas if area.id == id), id) if id else tr(NO_AREA)
            case About.RACK:
                racks = self._model.room.racks if self._model.room else []
                return next((pick(rack.names) for rack in racks if rack.id == id), id)
            case About.PERSON:
                return self._people.get(id, id)
        return _coded(about, id)

    def head(self, column: Column) -> str:
        """The head of a column with its unit."""
        words = self.label(column.head, column.code) if column.head else tr(COLUMNS[column.code])
        unit = {Measure.HOURS: "h", Measure.FIGURE: column.unit}.get(column.measure, "")
        return f"{words} ({unit})" if unit and f"({unit})" not in words else words

    def cell(self, column: Column, cell: Cell) -> str:
        """A cell in words; what is not known is called so."""
        if column.measure is Measure.TEXT:
            return NOTHING if cell is None else self.label(column.cells, str(cell)) if column.cells else str(cell)
        if cell is None or isinstance(cell, str):
            return NOTHING if column.measure in (Measure.MS, Measure.MOMENT) else tr("unknown")
        match column.measure:
            case Measure.COUNT:
                return str(int(cell))
            case Measure.SHARE:
                return share_text(float(cell))
            case Measure.MS:
                return f"{cell:.0f} ms" if column.unit == "ms" else duration_text(float(cell))
            case Measure.HOURS:
                return figure(float(cell), 1)
            case Measure.MOMENT:
                return f"{moment(int(cell), self._model.zone):%Y-%m-%d}"
        return figure(float(cell), 2)

    def _point(self, key: str) -> str:
        point = self._model.points.get(key)
        if point is None:
            return key
        device = self._model.devices.get(point.device)
        return f"{pick(device.names) if device else point.device} · {pick(point.names)}"


def _coded(about: About, id: str) -> str:
    table: Mapping[str, str] = {
        About.GROUP: {**{group.value: words for group, words in GROUPS.items()}, **OTHER_GROUPS},
        About.ROLE: {role.value: words for role, words in ROLES.items()},
        About.ACT: CHANGE_KINDS,
        About.WAITS: WAITS,
        About.NAMED: {"-": NO_PROFILE},
    }.get(about, {})
    if about is About.LEVEL:
        return level_name(int(id))
    return tr(table[id]) if id in table else id


def share_text(share: float) -> str:
    """A part in percent; only what is whole is 100 %."""
    if share >= SHARE_TOP:
        return "100 %" if share >= 1 else "99.9 %"
    return f"{int(share * 1000) / 10:.1f} %"


def duration_text(ms: float) -> str:
    """How long something took."""
    return tr("{n} s", n=figure(ms / 1000, 1)) if ms < 10_000 else span_text(ms / 1000)


def period_text(begin: datetime, by: By) -> str:
    """A day, a week by its first day, a month."""
    match by:
        case By.DAY:
            return f"{begin:%Y-%m-%d}"
        case By.WEEK:
            return tr("week of {day}", day=f"{begin:%Y-%m-%d}")
    return f"{begin:%Y-%m}"
