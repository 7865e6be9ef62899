"""How a remote console finds its station: address, pinned certificate and token, kept privately in a folder of its own per station."""

import hashlib
import json
import os
import re
import ssl
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from cityops_desktop.link.files import REMOTE, Address, find, write_private

PREFIX = "cityops1"
_LINE = re.compile(rf"{PREFIX} (\S+):([0-9]{{1,5}}) ([0-9A-Fa-f]{{2}}(?::[0-9A-Fa-f]{{2}}){{31}}) ([A-Za-z2-7]{{16,64}})")
_NAME = re.compile(r"\w[\w.-]{0,63}")
_NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME: what is pinned is this very key; a station whose clock was wrong once is still that station."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an administrator's line says."""

    host: str
    port: int
    fingerprint: str
    code: str

    @property
    def url(self) -> str:
        """Where the station's API is."""
        return f"https://{self.host}:{self.port}"


def fingerprint_of(der: bytes) -> str:
    """SHA-256 of a certificate as people compare it: AA:BB:..."""
    return hashlib.sha256(der).digest().hex(":").upper()


def read_line(line: str) -> Invitation | None:
    """The line `cityops1 HOST:PORT FINGERPRINT CODE`; None when it is none."""
    found = _LINE.fullmatch(" ".join(line.split()))
    if found is None or not 0 < int(found[2]) < 65536:
        return None
    return Invitation(found[1], int(found[2]), found[3].upper(), found[4].upper())


def stations_folder() -> Path:
    """Where this user's paired stations are kept, a folder each."""
    return Path(platformdirs.user_config_dir("cityops-desktop", appauthor=False)) / "stations"


def station_folder(name: str) -> Path | None:
    """The folder of a station of this name; None for what cannot be a name."""
    return stations_folder() / name if _NAME.fullmatch(name) else None


def keep(folder: Path, url: str, certificate: str, token: str) -> None:
    """Remember a station that this console was paired with; `certificate` is PEM. OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "posix":
        folder.chmod(0o700)
    fingerprint = fingerprint_of(ssl.PEM_cert_to_DER_cert(certificate))
    told = {"url": url, "fingerprint": fingerprint, "certificate": certificate, "token": token}
    write_private(folder / REMOTE, json.dumps(told))


def stations() -> dict[str, Address]:
    """The stations that this user's console was paired with, by name."""
    try:
        folders = sorted(stations_folder().iterdir())
    except OSError:
        return {}
    found = {folder.name: find(folder) for folder in folders}
    return {name: address for name, address in found.items() if address is not None}


def pinned(certificate: str) -> ssl.SSLContext:
    """Trusts exactly this certificate (PEM), whatever it is named, and nothing else. ValueError, ssl.SSLError for what is none."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.check_hostname = False
    made.verify_flags |= ssl.VerifyFlags(_NO_CHECK_TIME) | ssl.VERIFY_X509_PARTIAL_CHAIN
    made.load_verify_locations(cadata=certificate)
    return made
