"""The start of a station process: log, lock, port, store, then the station; each with a message when it cannot be had."""

import asyncio
import datetime
import errno
import logging
import logging.handlers
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

import filelock

from cityops_desktop.clock import SystemClock
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.link import files
from cityops_desktop.model.drivers import Driver
from cityops_desktop.station import lines, tls
from cityops_desktop.station.remote import Listening
from cityops_desktop.station.run import Station
from cityops_desktop.station.settle import Start, read_file, settle
from cityops_desktop.station.supervisor import RECONFIGURED
from cityops_desktop.store.files import unusable
from cityops_desktop.store.store import Store
from cityops_desktop.texts import N_

log = logging.getLogger(__name__)


def run_station(
    data: Path, room_path: Path, drivers: Mapping[str, Driver], *, port: int, start: Start, listen: tuple[str, int] | None = None
) -> int:
    """Run until standard input is closed, SIGTERM comes or another configuration was applied (RECONFIGURED); returns the exit code.

    `listen`: address and port for remote consoles. OperatorError when it cannot start."""
    if os.name == "posix":
        os.umask(0o077)
    _log_to(data)
    lock = filelock.FileLock(data / "station.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        lines.say({"event": "elsewhere"})  # the room is watched: our supervisor need not try again
        raise _in_use(data) from error
    except OSError as error:
        raise unusable(data / "station.lock", error) from error
    try:
        clock = SystemClock()
        origin = _held_origin(data)
        read = read_file(data, room_path, 1, drivers) if origin is None else None
        if read is not None:
            origin = _keep_origin(data, read.room.origin)
        listener = _listen(port)
        try:
            store = Store.open(data, clock, str(origin))
        except BaseException:
            listener.close()
            raise
        listening: Listening | None = None
        try:
            settled = settle(data, room_path, drivers, store, clock, start, read, str(origin))
            listening = _remote(data, settled.room.id, listen, start) if listen is not None else None
            station = Station(data, settled, room_path, drivers, clock, store, listener, start, listening)
            asyncio.run(station.run())
        finally:
            store.close()
            listener.close()
            if listening is not None:
                listening.listener.close()
        return RECONFIGURED if station.reconfigure else int(Exit.OK)
    finally:
        lock.release()


def _listen(port: int) -> socket.socket:
    try:
        return _bound(socket.AF_INET, "127.0.0.1", port)
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


FREE_BIND = {socket.AF_INET: (socket.IPPROTO_IP, 15), socket.AF_INET6: (socket.IPPROTO_IPV6, 78)}
"""Linux: IP_FREEBIND and IPV6_FREEBIND, which Python does not name."""


def _bound(family: socket.AddressFamily, host: str, port: int, *, absent: bool = False) -> socket.socket:
    """`absent`: the address need not be there yet."""
    # asyncio lets an answer leave at once (TCP_NODELAY) on sockets that name TCP only: without, each one waits 40 ms for an acknowledge
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if absent:
            listener.setsockopt(*FREE_BIND[family], 1)
        if os.name == "posix":  # on Windows the option would let two stations share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(64)
    except BaseException:
        listener.close()
        raise
    return listener


def _remote(data: Path, name: str, listen: tuple[str, int], start: Start) -> Listening | None:
    """The TLS port with the station's certificate. OperatorError at the first start; a station that has run watches its room without it."""
    try:
        return _open_remote(data, name, *listen)
    except OperatorError as error:
        if not (start.restarts or start.reconfigured):
            raise
        log.error("remote consoles are shut out until the next start: %s", error)
        return None


def _open_remote(data: Path, name: str, host: str, port: int) -> Listening:
    known = (data / tls.FOLDER / tls.CERTIFICATE).exists()
    try:
        certificate = tls.own(data, name, datetime.datetime.now(datetime.UTC))
        context = tls.context(certificate)
    except (OSError, ValueError) as error:
        raise OperatorError(
            Problem(
                what=N_("the station's certificate cannot be used: {error}"),
                do=N_("put key.pem and cert.pem back as they were, or make new ones: cityops-desktop station certificate --renew"),
                where=str(data / tls.FOLDER),
                params={"error": getattr(error, "strerror", None) or str(error)},
            ),
            Exit.STORE,
        ) from error
    try:
        listener = _bound_remote(host, port, known=known)
    except OSError as error:
        raise OperatorError(
            Problem(
                what=N_("remote consoles cannot be let in at {place}: {error}"),
                do=N_("stop the program that uses the port, or choose another ADDRESS:PORT of this machine with --listen"),
                where="--listen",
                params={"place": f"{host}:{port}", "error": error.strerror or str(error)},
            ),
            Exit.IN_USE,
        ) from error
    shown = socket.gethostname() if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host
    return Listening(listener, context, certificate.fingerprint, shown)


def _bound_remote(host: str, port: int, *, known: bool) -> socket.socket:
    """`known`: remote consoles were let in before. After a power cut the station may be up before the network's addresses are."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return _bound(family, host, port)
    except OSError as error:
        if error.errno != errno.EADDRNOTAVAIL or not known or sys.platform != "linux":
            raise
        log.warning("the address %s is not there (yet): remote consoles come in when it is", host)
        return _bound(family, host, port, absent=True)


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


def _held_origin(data: Path) -> str | None:
    """What this data directory holds, demo or real data: nobody may take the one for the other. None when it is new."""
    path = data / "origin"
    try:
        return files.read_small(path).decode("utf-8", "replace").strip()[:100] if path.exists() else None
    except OSError as error:
        raise unusable(path, error) from error


def _keep_origin(data: Path, origin: str) -> str:
    try:
        files.write_private(data / "origin", origin + "\n")
    except OSError as error:
        raise unusable(data / "origin", error) from error
    return origin


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
