"""What a station answers about statistics of the made room, and a link that answers from it."""

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Signal

from cityops_desktop.history.statistics import alarms
from cityops_desktop.history.statistics.periods import Period, whole_days
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.statistics import CompletenessInfo, StatisticsInfo
from cityops_desktop.model.alarms import Alarm, AlarmState, Cause
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.points import Level
from cityops_desktop.model.statistics import About, By, Column, Days, Measure, Note, Row, Subject, Table
from tests.ui.rooms import NOW
from ui.models.room import RoomModel

ZONE = ZoneInfo("Asia/Shanghai")
DAY = 86_400_000


def occurrence(n: int, subject: str, level: Level, raised: int) -> Alarm:
    """Every third one is not acknowledged, every fifth still stands."""
    acknowledged = None if n % 3 == 0 else raised + (n * 37 % 600 + 5) * 1000
    returned = None if n % 5 == 0 else raised + (n * 91 % 7200 + 60) * 1000
    state = AlarmState.UNACKNOWLEDGED if returned is None else AlarmState.NORMAL
    actor = None if acknowledged is None else f"p{n % 4}"
    return Alarm(
        f"al{n}", f"{subject}#1", subject, Cause.HIGH, level, state, raised, acknowledged=acknowledged, actor=actor, returned=returned
    )


def tables(model: RoomModel, subject: Subject, days: list[Period], *, personal: bool = True) -> list[Table]:
    """Believable tables of each kind, made by the code that makes real ones where that is possible."""
    devices = list(model.devices)
    some = [
        occurrence(n, devices[n * 7 % len(devices)], Level(n % 4 + 1), days[n * 5 % len(days)].start + n * 1_000_000) for n in range(80)
    ]
    group_of = {device.id: device.group.value for device in model.devices.values()}
    match subject:
        case Subject.SERVICE:
            people = [alarms.by_person(some), _acts(), _logins()] if personal else []
            return [
                alarms.by_period(some, days, days),
                alarms.by_level(some),
                alarms.by_subject("alarms_by_group", About.GROUP, some, lambda one: group_of[one.subject]),
                alarms.by_subject("alarms_by_device", About.DEVICE, some, lambda one: one.subject),
                alarms.by_post(some, lambda actor, time: ["duty", "shift_leader"] if actor == "p1" else ["duty"]),
                *people,
            ]
        case Subject.BUSINESS:
            watched = [Period(days[min(2, len(days) - 1)].start, NOW)]
            return [
                alarms.by_group(some, days, lambda one: group_of[one.subject]),
                alarms.worst_hours(some, days, watched, NOW),
                _energy(days),
            ]
        case Subject.PERFORMANCE:
            share = (Column("complete", Measure.SHARE),)
            rows = tuple(Row(str(day.start), (None if n < 2 else 1 - n % 7 / 50,)) for n, day in enumerate(days))
            notes = (Note("recorded_since", {"time": days[min(2, len(days) - 1)].start}), Note("few_days", {"days": 21, "enough": 30}))
            wide = (*share, Column("points", Measure.COUNT), Column("worst_share", Measure.SHARE), Column("worst_day", Measure.MOMENT))
            by_device = tuple(Row(one, (1 - n % 9 / 40, 4, 0.412, days[-1].start)) for n, one in enumerate(devices))
            return [
                Table("complete_by_period", About.PERIOD, share, rows, "readings", notes),
                Table("available_by_device", About.DEVICE, wide, by_device, "readings", notes),
                Table(
                    "environment",
                    About.AREA,
                    (Column("within_share", Measure.SHARE),),
                    (Row("hall", (0.987,)), Row("", (None,))),
                    "minutes",
                ),
                Table("pue", About.PERIOD, (Column("pue", Measure.FIGURE),), (), "power", (Note("pue_mains_unmetered"),)),
            ]
        case Subject.CONFIGURATION:
            counts: dict[str, int] = {}
            for group in group_of.values():
                counts[group] = counts.get(group, 0) + 1
            groups = tuple(Row(group, (n, n * 4, n * 9)) for group, n in counts.items())
            columns = tuple(Column(one, Measure.COUNT) for one in ("devices", "points", "limits"))
            text = (
                Column("identity", Measure.TEXT),
                Column("software", Measure.TEXT),
                Column("waits", Measure.TEXT, cells=About.WAITS),
                Column("admitted", Measure.MOMENT),
            )
            known = tuple(
                Row(one, ("Emerson Liebert EXM 40kVA", "V2.13.7", "" if n else "new", days[0].start)) for n, one in enumerate(devices)
            )
            return [
                Table("devices_by_group", About.GROUP, columns, groups, "room"),
                Table("identities", About.DEVICE, text, known, "devices", (Note("identity_unsaid", {"n": 3}),)),
            ]


def _acts() -> Table:
    columns = (Column("act", Measure.TEXT, cells=About.ACT), Column("acts", Measure.COUNT))
    rows = tuple(
        Row(f"p{n % 4}", (kind, 40 - n))
        for n, kind in enumerate(("alarm.acknowledged", "config.overridden", "rule.published", "account.created"))
    )
    return Table("acts_by_person", About.PERSON, columns, rows, "change_log")


def _logins() -> Table:
    columns = tuple(Column(kind, Measure.COUNT, head=About.ACT) for kind in ("session.opened", "act.refused"))
    return Table("logins_by_person", About.PERSON, columns, tuple(Row(f"p{n}", (20 - n, n)) for n in range(4)), "change_log")


def _energy(days: list[Period]) -> Table:
    columns = tuple(Column(key, Measure.FIGURE, unit="kWh", head=About.POINT) for key in ("ups-1.load", "power-distribution-2.load"))
    rows = tuple(Row(str(day.start), (310.2 + n, None if n < 4 else 1204.25)) for n, day in enumerate(days))
    return Table("energy_by_period", About.PERIOD, columns, rows, "counters", (Note("meters_exchanged", {"n": 1}),))


def calendar(model: RoomModel, days: list[Period], ready: float = 1.0) -> CompletenessInfo:
    """Nothing of the first two days; one device lost for a week, others a little."""

    def shares(n: int) -> tuple[int | None, ...]:
        found: list[int | None] = []
        for day, period in enumerate(days):
            lost = n == 3 and day % 30 in range(10, 17)
            found.append(
                None if day < 2 or period.start >= NOW else 0 if lost else 412 if (n * 31 + day) % 57 == 5 else 1000 - (day + n) % 3
            )
        return tuple(found)

    return CompletenessInfo(
        now=NOW,
        days=[day.start for day in days],
        end=days[-1].end,
        zone="Asia/Shanghai",
        oldest=days[2].start if len(days) > 2 else None,
        ready=ready,
        devices=[Days(one, shares(n)) for n, one in enumerate(model.devices)],
        points=[Days(key, shares(n // 4)) for n, key in enumerate(model.points)],
        notes=[Note("recorded_since", {"time": days[2].start})] if len(days) > 2 else [],
    )


class Statistics(QObject):
    """A link that answers at once, or when `tell` is called."""

    sessionChanged = Signal()

    def __init__(self, model: RoomModel) -> None:
        super().__init__()
        self.model = model
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.held = False
        self.refused = ""
        self.ready = 1.0
        self.personal = True
        self.waiting: list[Callable[[], None]] = []

    def ask(self, path: str, kind: type, callback: Callable[[Any], None], query: dict[str, Any] | None = None, *, wait_ms: int = 0) -> None:
        self.asked.append((path.rpartition("/")[2], dict(query or {})))
        self.waiting.append(lambda: callback(self.answer(path.rpartition("/")[2], query or {})))
        if not self.held:
            self.tell()

    def tell(self) -> None:
        """Answer the oldest question."""
        self.waiting.pop(0)()

    def answer(self, subject: str, query: dict[str, Any]) -> StatisticsInfo | CompletenessInfo | CommandResult:
        if self.refused:
            return CommandResult(id="", outcome=Outcome.REFUSED, code=self.refused)
        days = whole_days(query["from"], query["to"], ZONE)
        if subject == "completeness":
            return calendar(self.model, days, self.ready)
        return StatisticsInfo(
            now=NOW,
            subject=Subject(subject),
            start=days[0].start,
            end=days[-1].end,
            by=By(query["by"]),
            zone="Asia/Shanghai",
            oldest=days[0].start,
            ready=self.ready,
            tables=tables(self.model, Subject(subject), days, personal=self.personal),
            notes=[Note("not_over")] if self.personal else [Note("people_withheld")],
            people={f"p{n}": name for n, name in enumerate(("张工", "李值班", "王管理", "欧阳建国"))} if self.personal else {},
        )
