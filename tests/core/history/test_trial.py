"""What is reckoned from the records of a trial: cadence, silence, leads, and what is not known."""

from types import SimpleNamespace

import numpy as np
import pytest

from cityops_desktop.history.trial import Outage, trial
from cityops_desktop.model.alarms import Alarm, AlarmState, Cause
from cityops_desktop.model.envelope import Strip, samples
from cityops_desktop.model.points import Group, Kind, Level, Limit, LimitKind, Names, Point
from cityops_desktop.model.readings import QUALITY_CODES, Quality, Reason
from cityops_desktop.model.rooms import Bus, Device, Room

NAMES = Names("名", "name")
MINUTE = 60_000
WARM = Limit("warm", Level.WARNING, LimitKind.HIGH, 28.0)
HOT = Limit("hot", Level.CRITICAL, LimitKind.HIGH, 35.0)


def point(name: str, *limits: Limit) -> Point:
    return Point(f"d.{name}", "d", NAMES, Kind.ANALOG, Group.ENVIRONMENT, limits=limits)


DEVICE = Device("d", "line", NAMES, Group.ENVIRONMENT, None, (point("t", WARM, HOT), point("alone", HOT), point("never")))
OTHER = Device("o", "other", NAMES, Group.ENVIRONMENT, None, (point("t", WARM),))
BUS = Bus("line", "modbus-rtu", NAMES, SimpleNamespace(listen_only=True))
ROOM = Room("r", NAMES, "c/d/s/r", "Asia/Shanghai", "v", buses=(BUS,), devices=(DEVICE, OTHER))


def alarm(key: str, cause: Cause, level: Level, minute: float, until: float | None = None, **more: object) -> Alarm:
    subject = key.partition("#")[0]
    state = AlarmState.UNACKNOWLEDGED if until is None else AlarmState.NORMAL
    returned = None if until is None else round(until * MINUTE)
    return Alarm(f"{key}@{minute}", key, subject, cause, level, state, round(minute * MINUTE), returned=returned, **more)  # type: ignore[arg-type]


def strip(*times: float, bad: dict[float, Reason] | None = None) -> Strip:
    """Good samples at these minutes, bad ones for a reason at others."""
    bad = bad or {}
    moments = sorted({*times, *bad})
    reasons = tuple(dict.fromkeys([None, *bad.values()]))
    return samples(
        np.array([round(at * MINUTE) for at in moments], np.int64),
        np.array([np.nan if at in bad else 20.0 for at in moments]),
        np.array([QUALITY_CODES[Quality.BAD if at in bad else Quality.GOOD] for at in moments], np.uint8),
        np.array([reasons.index(bad.get(at)) for at in moments], np.uint8),
        tuple((reason, "") for reason in reasons),
    )


def of(*alarms: Alarm, strips: dict[str, Strip] | None = None, start: float = 0, end: float = 1000):
    return trial(ROOM, [BUS], alarms, strips or {}, round(start * MINUTE), round(end * MINUTE))


@pytest.mark.parametrize(
    ("warm", "lead"),
    [
        ((10.0, None), 42 * 60.0),
        ((10.0, 60.0), 42 * 60.0),
        ((10.0, 51.0), None),  # it had returned before
        ((53.0, None), None),  # it came after
    ],
)
def test_the_lead_is_that_of_the_milder_alarm_that_stood(warm: tuple[float, float | None], lead: float | None) -> None:
    found = of(
        alarm("d.t#warm", Cause.HIGH, Level.WARNING, *warm), alarm("d.t#hot", Cause.HIGH, Level.CRITICAL, 52, value=35.2, limit=35.0)
    )
    hot = next(one for one in found.buses[0].raised if one.limit_id == "hot")
    assert (hot.lead, hot.early, hot.milder, hot.value) == (lead, "warm" if lead else None, True, 35.2)


def test_without_a_milder_limit_the_lead_is_not_known() -> None:
    (one,) = of(alarm("d.alone#hot", Cause.HIGH, Level.CRITICAL, 5)).buses[0].raised
    assert (one.lead, one.milder) == (None, False)


def test_alarms_of_other_lines_and_other_times_do_not_count() -> None:
    others = [alarm("o.t#warm", Cause.HIGH, Level.WARNING, 5), alarm("d.t#warm", Cause.HIGH, Level.WARNING, 5, 8)]
    assert of(*others, start=10).buses[0].raised == ()
    assert len(of(*others, start=7).buses[0].raised) == 1


def test_silence_of_devices_and_lines_and_gaps_of_the_station() -> None:
    gap = alarm("station#gap", Cause.RECORDING_GAP, Level.MINOR, 90, 90, detail=f"{70 * MINUTE} {90 * MINUTE}")
    lost = alarm("bus:line#lost", Cause.BUS_LOST, Level.MAJOR, 20, 21, detail="not_heard")
    found = of(alarm("d#lost", Cause.DEVICE_LOST, Level.MINOR, 30), lost, gap)
    assert found.buses[0].devices[0].silent == (Outage(30 * MINUTE, None),)
    assert found.buses[0].lost == (Outage(20 * MINUTE, 21 * MINUTE, "not_heard"),)
    assert found.gaps == (Outage(70 * MINUTE, 90 * MINUTE),)


def test_cadence_counts_questions_whether_they_were_answered_or_not() -> None:
    asked = strip(*range(0, 10, 2), bad={1: Reason.NO_ANSWER, 3: Reason.NO_ANSWER, 5: Reason.EXCEPTION, 7: Reason.CRC})
    found = of(strips={"d.t": asked, "d.never": strip(bad=dict.fromkeys((0.5, 0.6, 0.7, 0.8, 0.9), Reason.NOT_HEARD))})
    (device,) = found.buses[0].devices
    assert (device.every, device.points, device.heard) == (60.0, 3, 1)
    assert [(bad.point, bad.reason, bad.count, bad.first // MINUTE, bad.last // MINUTE) for bad in device.bad] == [
        ("d.t", Reason.NO_ANSWER, 2, 1, 3),
        ("d.t", Reason.EXCEPTION, 1, 5, 5),
        ("d.t", Reason.CRC, 1, 7, 7),
        ("d.never", Reason.NOT_HEARD, 5, 0, 0),
    ]
    assert found.curves == (0, 8 * MINUTE)


def test_what_is_not_recorded_is_not_known() -> None:
    found = of(strips={"d.t": strip(1, 2, 3)})
    assert found.buses[0].devices[0].every is None
    assert of().curves is None and of().buses[0].devices[0].every is None
