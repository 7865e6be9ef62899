"""Transformers before a meter: a device's `ratios`, by which the points that name one in `ratio` are multiplied. Knows no register."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from cityops_desktop.room.findings import Findings
from cityops_desktop.room.tree import Node, Scalar
from cityops_desktop.texts import N_

PLATE = r"^[0-9]{1,7}(\.[0-9]{1,3})?/[0-9]{1,7}(\.[0-9]{1,3})?$"
"""A ratio as the transformer's plate says it, primary/secondary: 200/5."""


def rated(node: Node) -> Node:
    """The device with each ratio that is written as on the plate made into its number; what is no plate stays as it is."""
    ratios = node.get("ratios")
    if ratios is None or not isinstance(ratios.value, dict):
        return node
    numbers = Node({key: _number(child) for key, child in ratios.mapping.items()}, ratios.where)
    return Node({**node.mapping, "ratios": numbers}, node.where)


def _number(node: Node) -> Node:
    if not isinstance(node.value, str) or re.match(PLATE, node.value) is None:
        return node
    primary, _, secondary = node.value.partition("/")
    return Node(float(Fraction(primary) / Fraction(secondary)), node.where) if Fraction(secondary) else node


def ratios_of(device: Node) -> Mapping[str, float]:
    """The ratios of a `rated` device; what cannot be one counts as 1, for it has been reported."""
    return {str(key): _factor(child.value) for key, child in _given(device).items()}


def _factor(value: object) -> float:
    return float(value) if isinstance(value, int | float) and value > 0 else 1.0


def _given(device: Node) -> dict[Scalar, Node]:
    ratios = device.get("ratios")
    return ratios.mapping if ratios is not None else {}


def factor_of(names: Iterable[str], ratios: Mapping[str, float]) -> float:
    """The product of these ratios."""
    return math.prod(ratios.get(name, 1.0) for name in names)


def check_ratios(device: Node, points: Sequence[Node], ratios: Mapping[str, float], findings: Findings) -> None:
    """Every ratio that a point needs must be said, be it 1: a meter whose transformer is forgotten is wrong for ever."""
    named = [item.value for point in points for item in point.at(("ratio",)).items]
    needed = list(dict.fromkeys(name for name in named if isinstance(name, str)))
    for name in needed:
        if name not in ratios:
            what = N_("values of this device are to be multiplied by the ratio “{name}”, which is not given")
            do = N_("write ratios: {{{name}: 200/5}} as the transformer's plate says, or {{{name}: 1}} where there is none")
            findings.add(device, what, do, name=name)
    for key, child in _given(device).items() if points else ():
        if key not in needed:
            findings.unknown(child, N_("no point of this device has the ratio “{word}”"), key, needed)
