"""Which monitor is which, over reboots and unplugged cables: a screen by what its maker says of it, else by name and place. Pure."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True, slots=True)
class Monitor:
    """A monitor as the system describes it; what it does not say is empty. `place` is x, y, width, height."""

    name: str
    maker: str = ""
    model: str = ""
    serial: str = ""
    place: tuple[int, int, int, int] = (0, 0, 0, 0)

    @property
    def title(self) -> str:
        """What a person calls it: model and connector."""
        return f"{self.model} ({self.name})" if self.model and self.model != self.name else self.name

    def text(self) -> str:
        """As it is remembered."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def read(cls, text: str) -> "Monitor | None":
        """A remembered monitor; None when the text is none."""
        try:
            told = json.loads(text)
            words = {field.name: str(told[field.name]) for field in fields(cls) if field.name != "place"}
            x, y, wide, high = (int(one) for one in told["place"])
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            return None
        return cls(**words, place=(x, y, wide, high))


def matching(wanted: Sequence[Monitor], there: Sequence[Monitor]) -> dict[int, int]:
    """Which of the monitors that are there is each wanted one (by index). Each monitor is taken once; the surest match goes first.

    A serial number tells a monitor wherever it is plugged in. Without one the connector's name tells it, and of two with one name the
    place. A monitor with another serial number at the same connector is another monitor, but it hangs at that place: it is taken
    when the wanted one is nowhere.
    """
    sure = sorted(
        ((_likeness(one, other), -m, -n) for m, one in enumerate(wanted) for n, other in enumerate(there) if _likeness(one, other)),
        reverse=True,
    )
    found: dict[int, int] = {}
    for _, m, n in sure:
        if -m not in found and -n not in found.values():
            found[-m] = -n
    return found


def _likeness(one: Monitor, other: Monitor) -> int:
    """0 = certainly not this one."""
    same_make = (one.maker, one.model) == (other.maker, other.model)
    if one.serial and one.serial == other.serial and same_make:
        return 8 + (one.name == other.name)
    if one.name != other.name:
        return 0
    return 1 + 2 * same_make + (one.place == other.place)


def first_choice(there: Sequence[Monitor], primary: int) -> list[int]:
    """Where a wall goes when nobody has said: every monitor but the first one, or the only one."""
    return [n for n in range(len(there)) if n != primary] or [primary]
