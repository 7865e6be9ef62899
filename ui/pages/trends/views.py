"""The views of the trends page that somebody has saved under a name: kept by this console, for each room its own. Paints nothing."""

import json
import logging
from dataclasses import dataclass, field

from ui.settings import Settings

log = logging.getLogger(__name__)

LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class View:
    """Points in their order, how much time is shown (s), with what it is compared (days before, 0 = nothing), how high the lanes are."""

    name: str
    points: tuple[str, ...]
    span: int
    compare: int = 0
    heights: dict[str, float] = field(default_factory=dict)


class Views:
    """In the order in which they were saved; no two have the same name."""

    def __init__(self, settings: Settings, room: str) -> None:
        self._settings = settings
        self._key = f"trends/{room}"
        self.all: list[View] = _read(settings.text(self._key))

    def find(self, name: str) -> View | None:
        """The view of this name."""
        return next((view for view in self.all if view.name == name), None)

    def save(self, view: View) -> None:
        """Keep it, in the place of the one that has its name."""
        at = next((index for index, one in enumerate(self.all) if one.name == view.name), None)
        if at is None:
            self.all.append(view)
        else:
            self.all[at] = view
        self._write()

    def rename(self, old: str, new: str) -> None:
        """Give it another name; one that has that name already goes."""
        self.all = [
            View(new, view.points, view.span, view.compare, view.heights) if view.name == old else view
            for view in self.all
            if view.name == old or view.name != new
        ]
        self._write()

    def remove(self, name: str) -> None:
        """Forget it."""
        self.all = [view for view in self.all if view.name != name]
        self._write()

    def _write(self) -> None:
        told = [
            {"name": view.name, "points": view.points, "span": view.span, "compare": view.compare, "heights": view.heights}
            for view in self.all
        ]
        self._settings.remember(self._key, json.dumps(told, ensure_ascii=True))
        self._settings.save()


def _read(text: str) -> list[View]:
    """What was written; a file that somebody has spoilt loses its views, not the console."""
    try:
        return [
            View(
                str(one["name"]),
                tuple(str(key) for key in one["points"]),
                int(one["span"]),
                int(one["compare"]),
                {str(name): float(high) for name, high in one["heights"].items()},
            )
            for one in json.loads(text or "[]")
        ]
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        log.error("the saved views of the trends page cannot be read: %s", error)
        return []
