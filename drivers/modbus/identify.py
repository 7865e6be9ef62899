"""How a Modbus device is asked who it is, where its profile says that it can: by function 43, or by points that hold model and serial.

Whatever fails, fails as silence: nobody is taken for another by not answering.
"""

from collections.abc import Sequence

from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import Identity
from cityops_desktop.model.points import Point
from drivers.modbus import device_id, values
from drivers.modbus.device_id import BASIC, REGULAR
from drivers.modbus.master import Master
from drivers.modbus.options import Ask, RtuDevice, Source, TcpDevice
from drivers.modbus.pdu import Data, Question

LONGEST = 5.0
"""Seconds (or one and a half of the device's time-out, if that is more) after which nothing further is asked."""


def identify(master: Master, device: RtuDevice | TcpDevice, points: Sequence[Point], timeout: float, clock: Clock) -> Identity | None:
    """Who this device says it is; None when it has no way to say so, or did not now. WireError when the wire is gone."""
    until = clock.monotonic() + max(LONGEST, 1.5 * timeout)
    if isinstance(device.identify, tuple):
        facts = _of_points(master, device, points, timeout, clock, until)
    elif device.identify is not None:
        facts = device_id.facts(_objects(master, device, timeout, clock, until))
    else:
        return None
    return Identity(facts) if facts else None


def _objects(master: Master, device: RtuDevice | TcpDevice, timeout: float, clock: Clock, until: float) -> dict[int, bytes]:
    """All objects of the category; without a wish of the profile the regular ones, if the device has more than the basic ones."""
    wish = device.identify
    asks = [wish] if isinstance(wish, Ask) else [Ask(code=BASIC), Ask(code=REGULAR)]
    objects: dict[int, bytes] = {}
    for number, ask in enumerate(asks):
        first, conformity = ask.object, 0
        for _ in range(device_id.PAGES):
            answer = _asked(master, device_id.question(device.address, ask.code, first), device, timeout, clock, until)
            page = device_id.read(answer) if answer is not None else None
            if page is None:
                return objects if number else {}  # a part of a category is no identity
            objects.update(page.objects)
            conformity = page.conformity
            if page.rest is None:
                break
            first = page.rest
        else:
            return {}
        if conformity < REGULAR:
            break
    return objects


def _of_points(
    master: Master, device: RtuDevice | TcpDevice, points: Sequence[Point], timeout: float, clock: Clock, until: float
) -> dict[str, str]:
    facts: dict[str, str] = {}
    for point in points:
        source = point.source
        assert isinstance(source, Source)
        answer = _asked(master, Question(device.address, source.table, source.address, source.width), device, timeout, clock, until)
        if answer is None:
            return {}
        raw = bytes((answer[0] & 1,)) if source.table.bits else answer
        value = values.reading(point, source, raw, clock.wall()).value
        if value not in (None, ""):
            whole = isinstance(value, float) and value.is_integer()
            facts[point.key.partition(".")[2]] = str(int(value) if whole else value)
    return facts


def _asked(master: Master, question: Question, device: RtuDevice | TcpDevice, timeout: float, clock: Clock, until: float) -> bytes | None:
    """The data of the answer; None: there was none, or it could have been mistaken for another's."""
    if clock.monotonic() > until or master.mistakable(question):
        return None
    answer = master.ask(question, timeout, max(device.gap, device.interval))
    return answer.data if isinstance(answer, Data) else None
