"""The data directory: is it there, private, ours, with room to write? And does a station run on it? Changes nothing."""

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from cityops_desktop.doctor.finding import Finding, State
from cityops_desktop.link.files import STATION, TOKEN, read_told
from cityops_desktop.texts import N_

AREA = "data"
LEAST_FREE = 1_000_000_000
"""Bytes; ours. A room of 500 points writes far less in a month, but logs, backups and other programs want their share."""


def running_station(data: Path) -> int | None:
    """The process id of the station of this directory; None when none has said that it listens, or it is gone."""
    try:
        pid = int(read_told(data / STATION)["pid"])
        if pid <= 0:  # to kill() that would be a group of processes
            return None
        os.kill(pid, 0)
    except PermissionError:
        return pid
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return None
    return pid


def listening_since(data: Path) -> int | None:
    """When the station that runs on it said that it listens, UTC ms; None when none runs."""
    try:
        return None if running_station(data) is None else (data / STATION).stat().st_mtime_ns // 1_000_000
    except OSError:
        return None


def look(data: Path, *, chosen: bool, free: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free) -> Iterator[Finding]:
    """`chosen`: somebody named this directory, so it has to be there."""
    where = {"path": str(data)}
    try:
        status = data.stat()
    except FileNotFoundError:
        do = (
            N_("name the directory that the station was given with --data")
            if chosen
            else N_("the station makes it when it is first started")
        )
        yield Finding(AREA, State.WRONG if chosen else State.UNKNOWN, N_("there is no data directory {path}"), do, where)
        return
    except OSError as error:
        what = N_("the data directory {path} cannot be looked at: {error}")
        yield Finding(AREA, State.WRONG, what, N_("run this as the user of the station"), {**where, "error": error.strerror or str(error)})
        return
    if not stat.S_ISDIR(status.st_mode):
        yield Finding(AREA, State.WRONG, N_("{path} is no directory"), N_("name another one with --data"), where)
        return
    yield _mode(data, status)
    yield _owner(data, status)
    yield _space(data, free)
    if os.access(data, os.R_OK | os.X_OK):
        yield from _station(data)


def _mode(data: Path, status: os.stat_result) -> Finding:
    mode = stat.S_IMODE(status.st_mode)
    params = {"path": str(data), "mode": f"{mode:04o}"}
    if sys.platform == "win32" or mode == 0o700:
        return Finding(AREA, State.FINE, N_("{path} can be read by its owner only ({mode})"), params=params)
    do = N_("if this is the station's own directory: chmod 700 {path}")
    return Finding(AREA, State.WRONG, N_("{path} has the mode {mode}, not 0700"), do, params)


def _owner(data: Path, status: os.stat_result) -> Finding:
    if sys.platform == "win32":
        return Finding(AREA, State.UNKNOWN, N_("the owner of {path} is not looked at on this system"), params={"path": str(data)})
    import pwd

    try:
        owner = pwd.getpwuid(status.st_uid).pw_name
    except KeyError:
        owner = str(status.st_uid)
    params = {"path": str(data), "owner": owner}
    if status.st_uid == os.geteuid():
        return Finding(AREA, State.FINE, N_("it belongs to {owner}, who runs this"), params=params)
    what = N_("it belongs to {owner}, not to the user who runs this")
    return Finding(AREA, State.WRONG, what, N_("run the program as {owner}, always as the same user"), params)


def _space(data: Path, free: Callable[[Path], int]) -> Finding:
    left = free(data)
    params = {"free": f"{left / 1e9:.1f}", "least": f"{LEAST_FREE / 1e9:.0f}"}
    if left >= LEAST_FREE:
        return Finding(AREA, State.FINE, N_("{free} GB are free on its disk"), params=params)
    what = N_("only {free} GB are free on its disk: recording stops when it is full")
    return Finding(AREA, State.WRONG, what, N_("free at least {least} GB, or move the data to another disk"), params)


def _station(data: Path) -> Iterator[Finding]:
    token = data / TOKEN
    if not token.exists():
        yield Finding(AREA, State.UNKNOWN, N_("no station has run on it yet: the token is missing"))
        return
    mode = stat.S_IMODE(token.stat().st_mode)
    if sys.platform != "win32" and mode & 0o077:
        params = {"path": str(token), "mode": f"{mode:04o}"}
        yield Finding(AREA, State.WRONG, N_("others can read {path} ({mode})"), N_("chmod 600 {path}"), params)
    pid = running_station(data)
    if pid is not None:
        yield Finding(AREA, State.FINE, N_("a station runs on it (pid {pid})"), params={"pid": pid})
    elif (data / STATION).exists():
        what = N_("the station of this directory did not end in order (station.json is left behind) and does not run")
        yield Finding(AREA, State.WRONG, what, N_("start it again; logs/station.log says why it ended"))
    else:
        yield Finding(AREA, State.FINE, N_("no station runs on it now"))
