"""The tags 禁止合闸 that hang now, as the station's loop and its buses know them. The record of them is in the store.

A tag counts from the moment in which it is recorded, before whoever hung it is answered; it counts no more when the facts that were read
after its removal say so. So what is known here is never less than what hangs.
"""

from collections.abc import Callable, Collection, Iterable, Mapping

from cityops_desktop.duty.tags import Reach
from cityops_desktop.link.duty.now import TagInfo
from cityops_desktop.model.rooms import Room

Covers = Mapping[str, Collection[str]]


class Tags:
    """`known` are the tags by the facts that were read last, `covers` the points that each covered when it was hung (by its id)."""

    def __init__(self, room: Callable[[], Room], known: Callable[[], Iterable[TagInfo]], covers: Callable[[], Covers] = lambda: {}) -> None:
        self._room, self._known, self._covers = room, known, covers
        self._fresh: Mapping[str, TagInfo] = {}
        self._reach: tuple[Room, Reach] | None = None

    def hung(self, tag: TagInfo) -> None:
        """One more has just been recorded."""
        self._fresh = {**self._fresh, tag.id: tag}

    def gone(self, id: str) -> None:
        """Its removal has just been recorded."""
        self._fresh = {other: tag for other, tag in self._fresh.items() if other != id}

    def hanging(self) -> list[TagInfo]:
        """All of them, oldest first. On any thread."""
        found = {tag.id: tag for tag in self._known()} | dict(self._fresh)
        return sorted(found.values(), key=lambda tag: (tag.hung, tag.id))

    def on(self, target: str) -> TagInfo | None:
        """The tag that hangs on exactly this target ("rack:A01" …)."""
        return self._first({target})

    def over(self, point: str) -> TagInfo | None:
        """The tag that forbids to write this point: on it, its device, its rack, or above it in the power chain, now or when it was hung,
        whatever configuration came since. One whose target the room does not have any more, by another name or at another place now,
        forbids every write until it is removed."""
        reach, covers = self.reach(), self._covers()
        targets = reach.targets(point)
        return next(
            (tag for tag in self.hanging() if tag.target in targets or point in covers.get(tag.id, ()) or not reach.known(tag.target)), None
        )

    def reach(self) -> Reach:
        """Of the room in force."""
        room = self._room()
        if self._reach is None or self._reach[0] is not room:
            self._reach = (room, Reach(room))
        return self._reach[1]

    def _first(self, targets: Collection[str]) -> TagInfo | None:
        return next((tag for tag in self.hanging() if tag.target in targets), None)
