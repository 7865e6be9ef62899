"""The secrets of the ways out: one private file of the data directory. They stand in no room file, no record, no log and no answer."""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from cityops_desktop.link.files import read_small, write_private

FILE = "notify-secrets"
_MOST = 100_000
LONGEST = 2000


class Secrets:
    """Read anew each time: a secret that was changed is used by the next message."""

    def __init__(self, data: Path) -> None:
        self._path = data / FILE

    def get(self, way: str) -> str:
        """The way's secret, empty where there is none. OSError, ValueError for a file that is none of ours."""
        return self._all().get(way, "")

    def names(self) -> Iterable[str]:
        """The ways that have one."""
        return sorted(self._all())

    def set(self, way: str, secret: str) -> None:
        """Keep it; an empty one is taken away. OSError, ValueError."""
        kept = self._all()
        kept.pop(way, None)
        if secret:
            kept[way] = secret
        write_private(self._path, json.dumps(kept, ensure_ascii=False))

    def _all(self) -> dict[str, str]:
        try:
            kept = json.loads(read_small(self._path, _MOST))
        except FileNotFoundError:
            return {}
        if not isinstance(kept, dict) or not all(isinstance(value, str) for value in kept.values()):
            raise ValueError(str(self._path))
        if os.name == "posix" and self._path.stat().st_mode & 0o077:
            self._path.chmod(0o600)
        return kept
