"""Acts upon the configuration: each adds a version, after which the station does what the newest version says."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection

from cityops_desktop.config import difference, overrides, versions
from cityops_desktop.config.overrides import Overrides
from cityops_desktop.config.versions import Content
from cityops_desktop.link.acts import ApplyConfig, Override, ResetOverride, RollBack
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.room.load import version_of
from cityops_desktop.station.acts.act import Acts, Data, Done, Job
from cityops_desktop.station.config import StationConfig
from cityops_desktop.station.settle import Settled


class ConfigActs:
    """config.*: a reviewed draft, an earlier version again, changes at run time."""

    def __init__(self, config: StationConfig) -> None:
        self._config = config

    def acts(self) -> Acts:
        """By kind."""
        return {
            "config.apply": self.apply,
            "config.rollback": self.roll_back,
            "config.override": self.override,
            "config.reset": self.reset,
        }

    def done(self) -> Mapping[str, Done]:
        """After each of them the station takes the newest version."""
        return dict.fromkeys(self.acts(), lambda _act, _who: self._config.changed())

    def apply(self, act: ApplyConfig, who: Who) -> Job:
        """A draft that was reviewed against the version that runs."""
        draft = self._config.kept(act.digest)
        if draft.base != act.base:
            raise Refused("base_changed")
        if not draft.counts:
            raise Refused("nothing_changes")
        return _job(draft.content, "apply", act.base, draft.counts, who, act.why)

    def roll_back(self, act: RollBack, who: Who) -> Job:
        """An earlier version again, with its overrides."""
        earlier, running = self._config.stored(act.number), self._config.stored(act.base)
        same = (earlier.content.files, earlier.content.overrides) == (running.content.files, running.content.overrides)
        if same:
            raise Refused("nothing_changes")
        counts = difference.counts(difference.of_overrides(running.content.overrides, earlier.content.overrides))
        return _job(earlier.content, "rollback", act.base, counts, who, act.why, of=act.number)

    def override(self, act: Override, who: Who) -> Job:
        """Other fields of a limit, at once."""
        settled = self._config.settled
        wanted = overrides.merged(settled.plain, settled.version.content.overrides, act.id, act.value)
        return _overridden(settled, wanted, "override", act.base, who, act.why)

    def reset(self, act: ResetOverride, who: Who) -> Job:
        """What the room file says, again."""
        settled = self._config.settled
        wanted = overrides.reset(settled.version.content.overrides, act.id)
        return _overridden(settled, wanted, "reset", act.base, who, act.why)


def _overridden(settled: Settled, wanted: Overrides, kind: str, base: int, who: Who, why: str) -> Job:
    before = settled.version
    if before.number != base:
        raise Refused("base_changed")
    changes = difference.of_overrides(before.content.overrides, wanted)
    if not changes:
        raise Refused("nothing_changes")
    room = version_of(overrides.apply(settled.plain, wanted).room)
    return _job(replace(before.content, overrides=wanted, room=room), kind, base, difference.counts(changes), who, why)


def _job(content: Content, kind: str, base: int, counts: Mapping[str, int], who: Who, why: str, **more: object) -> Job:
    act = {"console": who.console, "session": who.session, "why": why, **more}

    def add(conn: Connection) -> Data:
        number = versions.append(conn, content, base=base, kind=kind, counts=counts, actor=who.person.id, why=why, time=who.time, act=act)
        return {"version": number}

    return add
