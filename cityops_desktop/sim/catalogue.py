"""What can go wrong in this room: each kind of fault with the subjects that it may have here. Starts nothing."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from cityops_desktop.errors import OperatorError, Problem
from cityops_desktop.model.points import Group, Kind, Names
from cityops_desktop.model.rooms import Room
from cityops_desktop.sim.faults import FaultKind
from cityops_desktop.sim.instruments import CONTACTS
from cityops_desktop.sim.layout import COOLER, GENERATOR, UPS
from cityops_desktop.texts import N_

Subjects = tuple[tuple[str, Names], ...]


@dataclass(frozen=True, slots=True)
class FaultType:
    """A kind as a person sees it: what it is called, what is then to be seen, what it may befall here (empty = the room as a whole), and
    how much of it: `most` 0 = it is there or not."""

    kind: FaultKind
    name: str
    hint: str
    subjects: Subjects
    unit: str = ""
    usual: float = 0.0
    least: float = 0.0
    most: float = 0.0


NAMES: Mapping[FaultKind, str] = {
    FaultKind.MAINS_LOSS: N_("Mains loss"),
    FaultKind.GENERATOR_FAILS: N_("Diesel set does not start"),
    FaultKind.UPS_FAILS: N_("UPS output fails"),
    FaultKind.ON_BATTERY: N_("UPS input breaker open"),
    FaultKind.AIR_CONDITIONER_FAILS: N_("Air conditioner fails"),
    FaultKind.WARM_RETURN: N_("Return air too warm"),
    FaultKind.HOT_SPOT: N_("Hot spot at a rack"),
    FaultKind.LEAK: N_("Water leak"),
    FaultKind.GAS_LOSS: N_("Cylinder loses pressure"),
    FaultKind.FIRE_CONTACT: N_("Fire contact operates"),
    FaultKind.DOOR_OPEN: N_("Door open"),
    FaultKind.FRESH_AIR_FAILS: N_("Fresh air fan fails"),
    FaultKind.CAMERA_OFFLINE: N_("Cameras offline"),
    FaultKind.DEAD_SLAVE: N_("Device silent"),
    FaultKind.SLOW_SLAVE: N_("Device answers late"),
    FaultKind.FROZEN_SENSOR: N_("Device keeps its values"),
    FaultKind.NOISE: N_("Noise on a bus"),
    FaultKind.BUS_UNPLUGGED: N_("Bus unplugged"),
}
HINTS: Mapping[FaultKind, str] = {
    FaultKind.MAINS_LOSS: N_(
        "Both UPS run on battery, the air conditioners stop; after some 13 s the diesel set carries the room until the mains return."
    ),
    FaultKind.GENERATOR_FAILS: N_("Shows with a mains loss: three attempts, then “start failed”. A set that runs stops."),
    FaultKind.UPS_FAILS: N_("Its side has no voltage. Racks with two feeds go on from the other side, the others go dark."),
    FaultKind.ON_BATTERY: N_("This UPS discharges its battery although there is mains; charge and runtime fall."),
    FaultKind.AIR_CONDITIONER_FAILS: N_("Its fan stops; the racks at its end of the rows grow warm first, the top of the racks most."),
    FaultKind.WARM_RETURN: N_("The return air of this air conditioner is too warm; its racks stay cool."),
    FaultKind.HOT_SPOT: N_("The inlet air of this one rack grows warmer, within some two minutes."),
    FaultKind.LEAK: N_("The detector reports water; the rope also tells the metres."),
    FaultKind.GAS_LOSS: N_("The pressure of this cylinder falls slowly; its trend shows it long before the alarm."),
    FaultKind.FIRE_CONTACT: N_("This contact of the fire panel operates. Nothing else in the room burns."),
    FaultKind.DOOR_OPEN: N_("The door stands open; it becomes an alarm after a minute."),
    FaultKind.FRESH_AIR_FAILS: N_("The fan stops and its fault contact operates."),
    FaultKind.CAMERA_OFFLINE: N_("The recorder counts fewer cameras."),
    FaultKind.DEAD_SLAVE: N_("The device answers nothing; its values grow old and say so."),
    FaultKind.SLOW_SLAVE: N_("Its answers come late, some of them too late: timeouts are counted, values come now and then."),
    FaultKind.FROZEN_SENSOR: N_("It answers, but its values no longer move. Only a flat curve gives it away."),
    FaultKind.NOISE: N_("Bits turn over on the wire: checksum errors are counted, no wrong value is shown."),
    FaultKind.BUS_UNPLUGGED: N_("The port is gone. All devices of the bus are silent until it is plugged in again."),
}
_AMOUNTS: Mapping[FaultKind, tuple[str, float, float, float]] = {
    FaultKind.WARM_RETURN: ("K", 9.0, 1.0, 20.0),
    FaultKind.HOT_SPOT: ("K", 8.0, 1.0, 30.0),
    FaultKind.LEAK: ("m", 12.5, 0.0, 48.0),
    FaultKind.GAS_LOSS: ("MPa/h", 6.0, 0.1, 60.0),
    FaultKind.CAMERA_OFFLINE: ("", 3.0, 1.0, 12.0),
    FaultKind.SLOW_SLAVE: ("s", 0.6, 0.05, 5.0),
    FaultKind.NOISE: ("%", 30.0, 1.0, 100.0),
}
RTU = ("modbus-rtu", "modbus-rtu-tcp")
"""Where a spoilt byte is found by a checksum. A network has its own, below everything that we see."""


def fault_types(room: Room) -> tuple[FaultType, ...]:
    """Everything that can go wrong here, in the order of FaultKind; a kind that has no subject here is left out."""
    found = []
    for kind in FaultKind:
        subjects = _SUBJECTS[kind](room) if kind is not FaultKind.MAINS_LOSS else ()
        if subjects or kind is FaultKind.MAINS_LOSS:
            unit, usual, least, most = _AMOUNTS.get(kind, ("", 0.0, 0.0, 0.0))
            found.append(FaultType(kind, NAMES[kind], HINTS[kind], subjects, unit, usual, least, most))
    return tuple(found)


def check(types: Iterable[FaultType], kind: str, subject: str, amount: float | None) -> tuple[FaultKind, str, float]:
    """The fault that is meant. OperatorError for a kind, a subject or an amount that is not there; a single subject need not be named."""
    known = {each.kind.value: each for each in types}
    if kind not in known:
        raise _no(N_("there is no fault “{word}” here"), N_("choose one of: {known}"), word=kind, known=", ".join(known))
    meant = known[kind]
    names = [name for name, _ in meant.subjects]
    if not subject and len(names) == 1:
        subject = names[0]
    if names and not subject:
        raise _no(N_("the fault “{word}” needs a subject"), N_("choose one of: {known}"), word=kind, known=_some(names))
    if subject and subject not in names:
        if not names:
            raise _no(N_("the fault “{word}” has no subject"), N_("leave “{subject}” away"), word=kind, subject=subject)
        raise _no(N_("“{word}” cannot have the fault “{kind}”"), N_("choose one of: {known}"), word=subject, kind=kind, known=_some(names))
    if amount is None:
        return meant.kind, subject, meant.usual
    if not meant.most:
        raise _no(N_("the fault “{word}” has no amount"), N_("leave the amount away"), word=kind)
    if not meant.least <= amount <= meant.most:
        what = N_("{amount:g} {unit} is out of range for the fault “{word}”")
        raise _no(what, N_("choose {least:g} to {most:g}"), amount=amount, unit=meant.unit, word=kind, least=meant.least, most=meant.most)
    return meant.kind, subject, amount


def _no(what: str, do: str, **params: object) -> OperatorError:
    return OperatorError(Problem(what=what, do=do, params=params))


def _some(names: list[str], most: int = 40) -> str:
    return ", ".join(names[:most]) + (" …" if len(names) > most else "")


def _devices(profile: str) -> Callable[[Room], Subjects]:
    return lambda room: tuple((device.id, device.names) for device in room.devices if device.profile == profile)


def _all_devices(room: Room) -> Subjects:
    return tuple((device.id, device.names) for device in room.devices)


def _buses(*drivers: str) -> Callable[[Room], Subjects]:
    return lambda room: tuple((bus.id, bus.names) for bus in room.buses if not drivers or bus.driver in drivers)


def _contacts(group: Group) -> Callable[[Room], Subjects]:
    return lambda room: tuple(
        (point.key, point.names)
        for device in room.devices
        if device.profile == CONTACTS
        for point in device.points
        if point.group is group and point.kind is Kind.DIGITAL
    )


def _cylinders(room: Room) -> Subjects:
    return tuple(
        (point.key, point.names)
        for device in room.devices
        if device.group is Group.FIRE_PROTECTION
        for point in device.points
        if point.unit in ("MPa", "mA", "bar")
    )


def _leaks(room: Room) -> Subjects:
    return tuple((device.id, device.names) for device in room.devices if device.group is Group.LEAK_DETECTION)


def _racks(room: Room) -> Subjects:
    return tuple((rack.id, rack.names) for rack in room.racks)


_SUBJECTS: Mapping[FaultKind, Callable[[Room], Subjects]] = {
    FaultKind.GENERATOR_FAILS: _devices(GENERATOR),
    FaultKind.UPS_FAILS: _devices(UPS),
    FaultKind.ON_BATTERY: _devices(UPS),
    FaultKind.AIR_CONDITIONER_FAILS: _devices(COOLER),
    FaultKind.WARM_RETURN: _devices(COOLER),
    FaultKind.HOT_SPOT: _racks,
    FaultKind.LEAK: _leaks,
    FaultKind.GAS_LOSS: _cylinders,
    FaultKind.FIRE_CONTACT: _contacts(Group.FIRE_PROTECTION),
    FaultKind.DOOR_OPEN: _contacts(Group.ACCESS_CONTROL),
    FaultKind.FRESH_AIR_FAILS: _devices("demo-fresh-air"),
    FaultKind.CAMERA_OFFLINE: _devices("demo-video-recorder"),
    FaultKind.DEAD_SLAVE: _all_devices,
    FaultKind.SLOW_SLAVE: _all_devices,
    FaultKind.FROZEN_SENSOR: _all_devices,
    FaultKind.NOISE: _buses(*RTU),
    FaultKind.BUS_UNPLUGGED: _buses(),
}
