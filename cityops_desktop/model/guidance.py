"""What a person is told to do about an alarm: cause, consequence, steps, a page to look at, a camera that sees the place. Pure values."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.points import Names, Point


@dataclass(frozen=True, slots=True)
class Advice:
    """The text of it. `page` is the name of a page of the console, "" = none."""

    cause: Names | None = None
    consequence: Names | None = None
    steps: tuple[Names, ...] = ()
    page: str = ""

    def __bool__(self) -> bool:
        return self.cause is not None or self.consequence is not None or bool(self.steps)


@dataclass(frozen=True, slots=True)
class Guidance:
    """What a room file says for limits, points, devices, "rack:…", "area:…" or "group:…". `camera` is a device, "" = none."""

    about: tuple[str, ...]
    advice: Advice = field(default_factory=Advice)
    camera: str = ""


@dataclass(frozen=True, slots=True)
class Standard:
    """Advice for a sort of alarms, as it comes with the program: what is named must fit, what is empty fits all.

    `points` are patterns of ids, `names` words (small letters) in a name: one of either is enough."""

    id: str
    advice: Advice
    causes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def fits(self, cause: Cause, point: Point | None) -> bool:
        """Is it about alarms of this cause at this point (None = the alarm is about no point)?"""
        if self.causes:
            return cause.value in self.causes
        if point is None:
            return False
        name = point.key.partition(".")[2]
        return (
            (not self.groups or point.group.value in self.groups)
            and (not self.kinds or cause.value in self.kinds)
            and (not self.units or point.unit in self.units)
            and (not (self.points or self.names) or self._meant(name, point.names))
        )

    def _meant(self, id: str, names: Names) -> bool:
        """By the pattern of its id, or by a word in its name."""
        text = f"{names.zh} {names.en}".lower()
        return any(fnmatchcase(id, pattern) for pattern in self.points) or any(word in text for word in self.names)
