"""The start of a station process: log, lock, port, store, then the station; each with a message when it cannot be had."""

import asyncio
import logging
import logging.handlers
import os
import socket
from collections.abc import Mapping
from pathlib import Path

import filelock

from cityops_desktop.clock import SystemClock
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.link import files
from cityops_desktop.model.drivers import Driver
from cityops_desktop.model.rooms import Room
from cityops_desktop.room.load import load_room
from cityops_desktop.station.run import Station
from cityops_desktop.store.files import unusable
from cityops_desktop.store.store import Store
from cityops_desktop.texts import N_

log = logging.getLogger(__name__)


def run_station(data: Path, room_path: Path, drivers: Mapping[str, Driver], *, port: int, restarts: int, restart_reason: str) -> int:
    """Run until standard input is closed or SIGTERM comes; returns the exit code. OperatorError when it cannot start."""
    if os.name == "posix":
        os.umask(0o077)
    _log_to(data)
    room = load_room(room_path, drivers)
    lock = filelock.FileLock(data / "station.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise _in_use(data) from error
    except OSError as error:
        raise unusable(data / "station.lock", error) from error
    try:
        _keep_apart(data, room)
        clock = SystemClock()
        listener = _listen(port)
        store = Store.open(data, clock, room.origin)
        try:
            station = Station(data, room, drivers, clock, store, listener, restarts, restart_reason)
            asyncio.run(station.run())
        finally:
            store.close()
            listener.close()
        return int(Exit.OK)
    finally:
        lock.release()


def _listen(port: int) -> socket.socket:
    try:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if os.name == "posix":  # on Windows the option would let two stations share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(64)
    except OSError as error:
        raise OperatorError(
            Problem(
                what=N_("port {port} cannot be used: {error}"),
                do=N_("stop the program that uses it, or choose another port with --port"),
                where=f"127.0.0.1:{port}",
                params={"port": port, "error": error.strerror or str(error)},
            ),
            Exit.IN_USE,
        ) from error
    return listener


def _in_use(data: Path) -> OperatorError:
    try:
        other = files.read_told(data / files.STATION)
        who = f"{other['url']} (pid {other['pid']})"
    except (OSError, ValueError, KeyError, TypeError):
        who = "?"
    return OperatorError(
        Problem(
            what=N_("another station runs on this data directory: {who}"),
            do=N_("use that one, or stop it first; a data directory has one station only"),
            where=str(data),
            params={"who": who},
        ),
        Exit.IN_USE,
    )


def _keep_apart(data: Path, room: Room) -> None:
    """Demo data and real data never share a directory: nobody may take the one for the other."""
    path = data / "origin"
    try:
        if not path.exists():
            files.write_private(path, room.origin + "\n")
        origin = files.read_small(path).decode("utf-8", "replace").strip()[:100]
    except OSError as error:
        raise unusable(path, error) from error
    if origin != room.origin:
        raise OperatorError(
            Problem(
                what=N_("this data directory holds {held} data, the room file is {asked}"),
                do=N_("choose another directory with --data: demo and real records are never mixed"),
                where=str(data),
                params={"held": origin, "asked": room.origin},
            )
        )


def _log_to(data: Path) -> None:
    """A rotating log file beside the data, besides standard error."""
    folder = data / "logs"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(folder / "station.log", maxBytes=5_000_000, backupCount=5, encoding="utf-8")
    except OSError as error:
        log.warning("no log file: %s", error)
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.raiseExceptions = False  # on a full disk each lost line would be a traceback on standard error
    logging.getLogger().addHandler(handler)
