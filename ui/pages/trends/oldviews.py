"""The views that this console kept by itself before the station kept them: they wait here until somebody takes them over."""

import json
import logging
from dataclasses import asdict

from ui.pages.trends.views import View
from ui.settings import Settings

log = logging.getLogger(__name__)

_KEPT = ("name", "points", "span", "compare", "heights")


class OldViews:
    """Those of one room, in the order in which they were saved."""

    def __init__(self, settings: Settings, room: str) -> None:
        self._settings = settings
        self._key = f"trends/{room}"
        self.all: list[View] = _read(settings.text(self._key))

    def taken(self, view: View) -> None:
        """The station has it now."""
        self.all = [one for one in self.all if one is not view]
        told = [{name: value for name, value in asdict(one).items() if name in _KEPT} for one in self.all]
        self._settings.remember(self._key, json.dumps(told, ensure_ascii=True) if told else "")
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
