"""`room plan`: how the devices of a room file, or of a station's data directory, are read, and what that costs each line. Sends nothing."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cityops_desktop.acquire.plan_report import BusPlan, DevicePlan, Verdict, room_plan
from cityops_desktop.cli.app import Data, Json, parts
from cityops_desktop.cli.room import group
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.model.drivers import Learned
from cityops_desktop.model.rooms import Room
from cityops_desktop.paths import default_data
from cityops_desktop.room.load import load_room
from cityops_desktop.sentences import wire_text
from cityops_desktop.texts import N_, pick, tr

POLICIES = {
    "one_per_point": N_("one request per value {times} times"),
    "adjacent": N_("touching registers only {times} times"),
    "gap_50": N_("across any hole up to 50 {times} times"),
}
VERDICTS = {
    Verdict.EASY: N_("the line bears it easily"),
    Verdict.TIGHT: N_("the line is nearly full: a device that does not answer makes the others late"),
    Verdict.OVER: N_("the line is over-asked: values come late; longer periods, a higher baud rate or a second line are needed"),
}


@group.command(help=tr("Explain how each device is read: requests, bytes, milliseconds, what the line bears, what one more device costs."))
def plan(
    room: Annotated[Path | None, typer.Option("--room", help=tr("a room file instead of what a station runs"), show_default=False)] = None,
    data: Data = None,
    bus: Annotated[str, typer.Option("--bus", metavar="BUS", help=tr("only this bus"))] = "",
    one_more: Annotated[str, typer.Option("--one-more", metavar="DEVICE", help=tr("only: what one more device like this would cost"))] = "",
    as_json: Json = False,
) -> None:
    """With a data directory what the wires have taught counts, too."""
    if room is not None and data is not None:
        raise OperatorError(Problem(what=N_("a room file and a data directory were named"), do=N_("give --room or --data")), Exit.USAGE)
    loaded, learned = (load_room(room, parts.drivers), {}) if room is not None else _running(data)
    _refuse_unknown(loaded, bus, one_more)
    for one in room_plan(loaded, parts.drivers, learned):
        devices = {device.device: device for device in one.devices}
        if (bus and one.bus != bus) or (one_more and one_more not in devices):
            continue
        if one_more:
            typer.echo(_more_json(one, devices[one_more]) if as_json else _more(one, devices[one_more]))
        elif as_json:
            typer.echo(json.dumps(asdict(one), ensure_ascii=False))
        else:
            for line in _lines(one, loaded):
                typer.echo(line)


def _running(data: Path | None) -> tuple[Room, Mapping[str, Learned]]:
    from cityops_desktop.cli.running_room import running_room  # the store, which no other command here needs

    return running_room((data or default_data()).expanduser().absolute())


def _refuse_unknown(room: Room, bus: str, device: str) -> None:
    buses, devices = [one.id for one in room.buses], [one.id for one in room.devices]
    for name, names, option in ((bus, buses, "--bus"), (device, devices, "--one-more")):
        if name and name not in names:
            what = N_("there is no “{name}” in this room")
            do = N_("it knows: {names}")
            raise OperatorError(Problem(what=what, do=do, where=option, params={"name": name, "names": ", ".join(names)}), Exit.USAGE)


def _lines(plan: BusPlan, room: Room) -> Iterator[str]:
    names = {device.id: pick(device.names) for device in room.devices}
    yield f"{plan.bus}  {plan.driver}  {plan.resource}"
    if plan.listen_only:
        yield "  " + tr("only listened to: nothing of this is sent")
    figures = {"load": f"{plan.load:.1%}", "seconds": f"{plan.seconds:.2f}"}
    yield "  " + tr("{load} of the line's time is asked for; to read everything once takes {seconds} s", **figures)
    yield "  " + tr(VERDICTS[plan.verdict])
    if plan.times:
        yield "  " + tr("other ways would take: {ways}", ways=_ways(plan.times))
    for device in plan.devices:
        yield from _device_lines(device, names[device.device])


def _device_lines(device: DevicePlan, name: str) -> Iterator[str]:
    more = f"{device.one_more:.1%}"
    told = [
        tr("{load} of the line", load=f"{device.load:.1%}"),
        *([tr("begins to answer after {ms} ms", ms=round(1000 * device.turnaround))] if device.turnaround is not None else []),
        tr("with one more like it {load}", load=more) + ("" if device.one_more_verdict is Verdict.EASY else " !"),
    ]
    title = device.device if name == device.device else f"{device.device} {name}"
    yield "  " + tr("{name}: {value}", name=title, value=tr(", ").join(told))
    if device.busy > 1:
        yield "    ! " + tr("asked more often than this device bears: it will be read later than its periods say")
    if device.missing:
        yield "    " + tr("refuses: {places}", places=tr(", ").join(device.missing))
    for request in device.requests:
        figures = {"period": f"{request.period:>3g}", "ms": f"{1000 * request.seconds:>6.1f}", "points": f"{len(request.points):>3}"}
        figures |= {"sent": f"{request.leg.sent:>2}", "received": f"{request.leg.received:>3}"}
        cost = tr("every {period} s  {ms} ms  {sent} + {received} bytes  {points} points", **figures)
        yield f"    {cost}  {wire_text(request.leg.words, request.leg.params)}"


def _ways(times: Mapping[str, float]) -> str:
    return tr(", ").join(tr(POLICIES[name], times=f"{factor:.2f}") for name, factor in times.items())


def _more(plan: BusPlan, device: DevicePlan) -> str:
    figures = {"device": device.device, "bus": plan.bus, "ms": f"{1000 * device.seconds:.0f}"}
    figures |= {"before": f"{plan.load:.1%}", "after": f"{device.one_more:.1%}"}
    text = tr("one more like {device} on {bus}: {before} → {after} of the line's time, {ms} ms more to read everything once", **figures)
    return f"{text}; {tr(VERDICTS[device.one_more_verdict])}"


def _more_json(plan: BusPlan, device: DevicePlan) -> str:
    told = {"bus": plan.bus, "device": device.device, "load": plan.load, "one_more": device.one_more}
    return json.dumps(told | {"seconds": device.seconds, "verdict": device.one_more_verdict}, ensure_ascii=False)
