"""Which configuration this run of the station has: the newest version of the store, or the one before when that does not come up.

The room file itself counts only while the store has no version yet; afterwards it is an editor's draft, until somebody applies it.
Only a demo takes a changed file at each start by itself, because its simulator chooses other ports.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cityops_desktop.clock import Clock
from cityops_desktop.config import bundle, overrides, versions
from cityops_desktop.config.overrides import Overrides
from cityops_desktop.config.versions import Content, DamagedVersion, Version
from cityops_desktop.errors import OperatorError, Problem
from cityops_desktop.link.files import read_told, write_private
from cityops_desktop.model.drivers import Driver
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Room
from cityops_desktop.room.load import load_room, version_of
from cityops_desktop.store import changes
from cityops_desktop.store.files import unusable
from cityops_desktop.store.store import RECORDS, Store
from cityops_desktop.store.trouble import StoreError
from cityops_desktop.texts import N_

log = logging.getLogger(__name__)

TRIAL = "trial.json"
TRIES = 3
"""So often may a new version fall before it has run for a minute."""
DEMO = "demo"
_NOT_ITS_FAULT = ("", "signal SIGKILL", "signal SIGTERM", "exit code 4", "exit code 6")
"""Ends for which no configuration is to blame: killed by somebody, directory in use, store not to be had."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What the station runs: `plain` as the files say, `room` with the overrides. `failed`: number of the version that did not come up."""

    version: Version
    plain: Room
    room: Room
    orphans: Mapping[str, Refused] = field(default_factory=dict)
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Read:
    """A room file as it was read: its files and the room that they make."""

    files: Mapping[str, str]
    room: Room


@dataclass(frozen=True, slots=True)
class Start:
    """How this run came about: `reason` of the fall before, whether a new configuration was applied, or nothing ran before."""

    restarts: int = 0
    reason: str = ""
    reconfigured: bool = False

    @property
    def fresh(self) -> bool:
        """Did a person start it?"""
        return not self.restarts and not self.reconfigured


@dataclass(frozen=True, slots=True)
class Trial:
    """Which version has proved itself by running for a minute, which is being tried, and how often that fell."""

    proven: int = 0
    trying: int = 0
    falls: int = 0


def read_file(data: Path, room_path: Path, number: int, drivers: Mapping[str, Driver]) -> Read:
    """Read the room file by way of the copy that is laid down as this version. OperatorError that names the lines of the file."""
    files = bundle.collect(room_path)
    laid = bundle.lay(_folder(data, number), files)
    try:
        return Read(files, load_room(laid, drivers))
    except OperatorError as error:
        raise bundle.relocated(error, laid, room_path) from error


def settle(
    data: Path, room_path: Path, drivers: Mapping[str, Driver], store: Store, clock: Clock, start: Start, read: Read | None, origin: str
) -> Settled:
    """The configuration of this run; makes version 1 of the file when there is none. `read`: the file, if it was read already."""
    newest = _ask(data, store, None)
    if newest is None:
        first = read or read_file(data, room_path, 1, drivers)
        newest = _add_file(data, store, clock, first, "first", 0, {}, origin)
        settled = over(newest, first.room)
    elif origin == DEMO and start.fresh and (changed := _changed_file(data, room_path, newest, drivers)) is not None:
        newest = _add_file(data, store, clock, changed, "demo", newest.number, newest.content.overrides, origin)
        settled = over(newest, changed.room)
    else:
        _compare(data, room_path, newest, origin)
        settled = _tried(data, drivers, store, clock, newest, start)
    for id, error in settled.orphans.items():
        log.warning("the override %s waits: %s", id, error)
    bundle.clear(data / bundle.FOLDER, settled.version.number)
    return settled


def over(version: Version, plain: Room) -> Settled:
    """The room of this version's files with its overrides."""
    applied = overrides.apply(plain, version.content.overrides)
    room = plain if applied.room == plain else replace(applied.room, version=version_of(applied.room))
    return Settled(version, plain, room, applied.orphans)


def prove(data: Path, number: int) -> None:
    """This version has run for a minute. OSError."""
    write_private(data / bundle.FOLDER / TRIAL, json.dumps({"proven": number, "trying": number, "falls": 0}))


def file_differs(room_path: Path, packed: bytes) -> bool:
    """Was the room file, or what it refers to, edited since this version? Reads bytes only."""
    try:
        return bundle.collect(room_path) != bundle.unpack(packed)
    except OperatorError:
        return True


def refuse_mixed(data: Path, held: str, asked: str) -> OperatorError:
    """Demo data and real data never share a directory."""
    return OperatorError(
        Problem(
            what=N_("this data directory holds {held} data, the room file is {asked}"),
            do=N_("choose another directory with --data: demo and real records are never mixed"),
            where=str(data),
            params={"held": held, "asked": asked},
        )
    )


def _folder(data: Path, number: int) -> Path:
    return data / bundle.FOLDER / str(number)


def _ask(data: Path, store: Store, number: int | None) -> Version | None:
    try:
        version = store.read(lambda conn: versions.newest(conn) if number is None else versions.read(conn, number))
        if version is not None:
            bundle.unpack(version.content.files)
        return version
    except DamagedVersion as error:
        raise bundle.damaged(data / RECORDS, error.number, str(error)) from error
    except ValueError as error:
        raise bundle.damaged(data / RECORDS, version.number if version else 0, str(error)) from error
    except StoreError as error:
        raise unusable(data / RECORDS, error) from error


def _load(data: Path, version: Version, drivers: Mapping[str, Driver]) -> Room:
    return load_room(bundle.lay(_folder(data, version.number), bundle.unpack(version.content.files)), drivers)


def _add_file(data: Path, store: Store, clock: Clock, read: Read, kind: str, base: int, over: Overrides, origin: str) -> Version:
    if read.room.origin != origin:
        raise refuse_mixed(data, origin, read.room.origin)
    applied = overrides.apply(read.room, over).room
    content = Content(bundle.pack(read.files), over, version_of(applied), read.room.version)
    return _add(data, store, clock, content, kind, base, "")


def _add(data: Path, store: Store, clock: Clock, content: Content, kind: str, base: int, why: str) -> Version:
    time = clock.wall()
    try:
        number = store.write(
            lambda conn: versions.append(conn, content, base=base, kind=kind, counts={}, actor=versions.STATION, why=why, time=time)
        ).result()
    except StoreError as error:
        raise unusable(data / RECORDS, error) from error
    added = _ask(data, store, number)
    assert added is not None
    return added


def _changed_file(data: Path, room_path: Path, newest: Version, drivers: Mapping[str, Driver]) -> Read | None:
    if not file_differs(room_path, newest.content.files):
        return None
    return read_file(data, room_path, newest.number + 1, drivers)


def _compare(data: Path, room_path: Path, newest: Version, origin: str) -> None:
    """Say that the file was edited. A file of the other origin was meant for another data directory."""
    if not file_differs(room_path, newest.content.files):
        return
    asked = bundle.origin_of(room_path)
    if asked is not None and asked != origin:
        raise refuse_mixed(data, origin, asked)
    log.warning(
        "the room file %s differs from configuration version %d, which runs: review and apply it (room diff, room apply)",
        room_path,
        newest.number,
    )


def _tried(data: Path, drivers: Mapping[str, Driver], store: Store, clock: Clock, newest: Version, start: Start) -> Settled:
    """The newest version, or the proven one again when it fell too often or cannot be read at all."""
    trial = _trial(data)
    good = _ask(data, store, trial.proven) if 0 < trial.proven < newest.number else None
    if good is None or good.content.files == newest.content.files:
        return over(newest, _load(data, newest, drivers))
    fell = start.reason not in _NOT_ITS_FAULT and bool(start.restarts)
    falls = (trial.falls if trial.trying == newest.number else 0) + fell
    reason = start.reason
    if falls < TRIES:
        _try(data, Trial(trial.proven, newest.number, falls))
        try:
            return over(newest, _load(data, newest, drivers))
        except OperatorError as error:
            reason = str(error)[:400]
    return _fall_back(data, drivers, store, clock, newest, good, reason)


def _fall_back(
    data: Path, drivers: Mapping[str, Driver], store: Store, clock: Clock, newest: Version, good: Version, reason: str
) -> Settled:
    log.error("configuration version %d does not come up (%s): version %d again", newest.number, reason, good.number)
    room = _load(data, good, drivers)
    why = f"version {newest.number} did not come up: {reason}"
    again = _add(data, store, clock, good.content, "rollback", newest.number, why[:500])
    body = {"failed": newest.number, "again": good.number, "version": again.number, "reason": reason}
    time = clock.wall()
    store.write_until_done(
        lambda conn: changes.append(conn, kind="config.fell_back", subject="station", actor=versions.STATION, time=time, body=body)
    )
    bundle.lay(_folder(data, again.number), bundle.unpack(again.content.files))
    return replace(over(again, room), failed=newest.number)


def _trial(data: Path) -> Trial:
    try:
        told = read_told(data / bundle.FOLDER / TRIAL)
        return Trial(int(told["proven"]), int(told["trying"]), int(told["falls"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Trial()


def _try(data: Path, trial: Trial) -> None:
    try:
        write_private(data / bundle.FOLDER / TRIAL, json.dumps({"proven": trial.proven, "trying": trial.trying, "falls": trial.falls}))
    except OSError as error:
        log.warning("it cannot be remembered that version %d is being tried: %s", trial.trying, error)
