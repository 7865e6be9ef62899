"""What protects remote consoles: the station's certificate, its end, its key's rights; and whether this machine's console can encrypt."""

import datetime
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from cityops_desktop.clock import Clock
from cityops_desktop.doctor.finding import Finding, Machine, State
from cityops_desktop.station import tls
from cityops_desktop.texts import N_

AREA = "tls"
SOON_DAYS = 90
RENEW = N_("cityops-desktop station certificate --renew, restart the station, then pair every remote console anew")
_ASK_QT = "from PySide6.QtNetwork import QSslSocket; print(QSslSocket.supportsSsl())"


def look(data: Path, machine: Machine, clock: Clock) -> Iterator[Finding]:
    """The certificate of this data directory, if it has one, then Qt."""
    yield from _certificate(data, datetime.datetime.fromtimestamp(clock.wall() / 1000, datetime.UTC))
    yield _qt(machine)


def _certificate(data: Path, now: datetime.datetime) -> Iterator[Finding]:
    where = str(data / tls.FOLDER)
    try:
        found = tls.read(data)
        mode = stat.S_IMODE((data / tls.FOLDER / tls.KEY).stat().st_mode) if found is not None else 0
        if found is not None:
            tls.context(found)
    except (OSError, ValueError) as error:
        params = {"path": where, "error": getattr(error, "strerror", None) or str(error)}
        yield Finding(AREA, State.WRONG, N_("the station's certificate in {path} cannot be used: {error}"), RENEW, params)
        return
    if found is None:
        yield Finding(AREA, State.FINE, N_("no certificate: this station has let no other machine in (--listen)"))
        return
    yield Finding(AREA, State.FINE, N_("fingerprint {fingerprint}"), params={"fingerprint": found.fingerprint})
    days, age = (found.ends - now).days, (now - found.begins).days
    params = {"age": age, "end": f"{found.ends:%Y-%m-%d}"}
    if days < 0:
        yield Finding(AREA, State.WRONG, N_("the certificate ended on {end}"), RENEW, params)
    elif days < SOON_DAYS:
        yield Finding(AREA, State.ADVICE, N_("the certificate ends on {end}"), RENEW, params)
    else:
        yield Finding(AREA, State.FINE, N_("the certificate is {age} days old and ends on {end}"), params=params)
    if sys.platform != "win32" and mode & 0o077:
        params = {"path": f"{where}/{tls.KEY}", "mode": f"{mode:04o}"}
        yield Finding(AREA, State.WRONG, N_("others can read {path} ({mode})"), N_("chmod 600 {path}"), params)


def _qt(machine: Machine) -> Finding:
    said = machine.run([sys.executable, "-c", _ASK_QT])
    if said is None:
        return Finding(AREA, State.UNKNOWN, N_("whether the console can encrypt cannot be seen: Qt does not start here"))
    if said.strip() == "True":
        return Finding(AREA, State.FINE, N_("the console can encrypt: Qt has found OpenSSL"))
    do = N_("install OpenSSL 3 (package libssl3)")
    return Finding(AREA, State.ADVICE, N_("the console cannot reach stations on other machines: Qt finds no OpenSSL library"), do)
