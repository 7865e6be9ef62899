"""Areas of the floor: parts with walls around them, inside the room. Draws nothing."""

from cityops_desktop.model.points import Place
from cityops_desktop.model.rooms import Area
from cityops_desktop.room.devices import first_use, names_or_id
from cityops_desktop.room.findings import Findings, keys_of, named
from cityops_desktop.room.grammar import AreaPart
from cityops_desktop.room.tree import Node
from cityops_desktop.texts import N_


def read_areas(root: Node, size: tuple[float, float] | None, findings: Findings) -> tuple[Area, ...]:
    """All sound areas. They lie inside the room and do not overlap."""
    seen: dict[str, Node] = {}
    areas: list[tuple[Area, Node]] = []
    for node in findings.section(root, "areas"):
        findings.known_keys(node, keys_of(AreaPart))
        first_use(seen, node, N_("two areas have the id “{id}” (the other: {other})"), findings)
        part = findings.check(named(node, "name"), AreaPart)
        if part is None:
            continue
        area = Area(part.id, names_or_id(part.name, part.id), Place(part.place.x, part.place.y), part.size)
        if size is not None and not _inside(area, size):
            what = N_("the area “{id}” reaches beyond the room of {width} x {depth} m")
            findings.add(node, what, N_("correct its “place” or “size”, or the room's “size”"), id=area.id, width=size[0], depth=size[1])
        for other, place in areas:
            if _overlap(area, other):
                what = N_("the areas “{id}” and “{other}” overlap (the other: {at})")
                findings.add(node, what, N_("correct “place” or “size” of one of them"), id=area.id, other=other.id, at=place.where)
        areas.append((area, node))
    return tuple(area for area, _ in areas)


def _inside(area: Area, size: tuple[float, float]) -> bool:
    x, y = area.place.x, area.place.y
    return x >= 0 and y >= 0 and x + area.size[0] <= size[0] and y + area.size[1] <= size[1]


def _overlap(one: Area, other: Area) -> bool:
    return (
        one.place.x < other.place.x + other.size[0]
        and other.place.x < one.place.x + one.size[0]
        and one.place.y < other.place.y + other.size[1]
        and other.place.y < one.place.y + one.size[1]
    )
