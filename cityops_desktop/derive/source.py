"""Where a derived point comes from: its expression, and which points of the room that means. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from cityops_desktop.derive.expression import LONGEST_TEXT, Expression, Faulty, parse
from cityops_desktop.model.points import Kind, Point
from cityops_desktop.model.rooms import Room


class DerivedSource(BaseModel):
    """What a room file says of such a point: `expr:`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    expr: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]


def measured(room: Room) -> Room:
    """The room without its derived points: what stands in it."""
    made = {device.bus for device in room.devices if any(isinstance(point.source, DerivedSource) for point in device.points)}
    devices = tuple(device for device in room.devices if device.bus not in made)
    return replace(room, buses=tuple(bus for bus in room.buses if bus.id not in made), devices=devices)


Inputs = Mapping[str, tuple[str, ...]]
"""For each name in an expression's braces the keys that it means."""


def inputs_of(expression: Expression, points: Mapping[str, Point]) -> Inputs:
    """A pattern means points with figures that are measured: neither texts nor what is derived itself."""
    measured = [key for key, point in points.items() if point.kind is not Kind.TEXT and not isinstance(point.source, DerivedSource)]
    return expression.inputs(measured)


def derived(points: Mapping[str, Point]) -> dict[str, Expression]:
    """The derived points whose expressions are sound."""
    found: dict[str, Expression] = {}
    for key, point in points.items():
        if isinstance(point.source, DerivedSource):
            try:
                found[key] = parse(point.source.expr)
            except Faulty:
                continue
    return found


def in_order(expressions: Mapping[str, Expression], points: Mapping[str, Point]) -> tuple[list[str], list[str]]:
    """The derived points so that each comes after those that it follows from; and those that would follow from themselves."""
    needs = {
        key: {one for keys in inputs_of(expression, points).values() for one in keys if one in expressions}
        for key, expression in expressions.items()
    }
    ordered: list[str] = []
    while ready := [key for key, needed in needs.items() if needed <= set(ordered)]:
        for key in ready:
            del needs[key]
        ordered += ready
    return ordered, list(needs)
