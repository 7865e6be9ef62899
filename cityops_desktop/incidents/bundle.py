"""An incident bundle: one ZIP file with all that is known of an incident's time, sealed by a hash that the station signs.

`manifest.json` names every other file with its size and SHA-256, `seal.json` holds the SHA-256 of the manifest's bytes and the signature
(Ed25519) over it. Nothing is ever taken out of a bundle into a folder, and what is read is read no further than the manifest says.
"""

import hashlib
import json
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cityops_desktop.model.canonical import canonical

FORMAT = 1
MANIFEST, SEAL = "manifest.json", "seal.json"
MOST_BYTES = 8_000_000
"""Of manifest and seal: what somebody made up must not fill the memory."""
PIECE = 1 << 20
_BROKEN = (
    *(OSError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError),
    *(NotImplementedError, RuntimeError, ValueError, KeyError, OverflowError),
)
"""What the standard library says of a ZIP file that is none, or none that we make."""


class NoBundle(Exception):
    """The file cannot be read as a bundle at all, and why."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a bundle is: `about` from its manifest, the manifest's hash, the fingerprint of the key that signed it ("" = nobody did), and
    what is wrong with it: (code, file)."""

    about: Mapping[str, Any]
    hash: str
    key: str
    findings: tuple[tuple[str, str], ...]

    @property
    def sound(self) -> bool:
        """Is everything as it was sealed, and signed?"""
        return not self.findings


class _Hashed:
    """A file of the bundle while it is written."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out, self.size, self.sum = out, 0, hashlib.sha256()

    def write(self, data: bytes) -> int:
        """Into the bundle."""
        self.sum.update(data)
        self.size += len(data)
        return self._out.write(data)


@dataclass
class Sealing:
    """A bundle that is being written to `out`, which need not be able to go back. `seal` ends it; without it the file is no bundle."""

    out: IO[bytes]
    files: list[dict[str, object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._zip = zipfile.ZipFile(self.out, "w", zipfile.ZIP_DEFLATED, compresslevel=6)

    @contextmanager
    def file(self, name: str) -> Iterator[_Hashed]:
        """A file of this name."""
        with self._zip.open(name, "w", force_zip64=True) as part:
            hashed = _Hashed(part)
            yield hashed
        self.files.append({"name": name, "size": hashed.size, "sha256": hashed.sum.hexdigest()})

    def give_up(self) -> None:
        """It could not be made: no end is written, whatever becomes of `out`."""
        self._zip.fp = None

    def seal(self, about: Mapping[str, object], sign: Callable[[str], str] | None, public: bytes) -> str:
        """Manifest, seal, end; returns the hash."""
        text = canonical({"format": FORMAT, "about": dict(about), "files": self.files}).encode()
        hash = hashlib.sha256(text).hexdigest()
        seal: dict[str, object] = {"hash": hash}
        if sign is not None:
            seal |= {"public": public.hex(), "signature": sign(signed_text(hash))}
        self._zip.writestr(MANIFEST, text)
        self._zip.writestr(SEAL, canonical(seal))
        self._zip.close()
        return hash


def signed_text(hash: str) -> str:
    """What the station's key signs."""
    return f"CityOps Desktop incident bundle {FORMAT}\n{hash}\n"


class Bundle:
    """A bundle that is read. NoBundle when it is none. `close` it."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except _BROKEN as error:
            raise NoBundle(str(error)) from error
        try:
            self._manifest = self._small(MANIFEST)
            manifest = json.loads(self._manifest)
            self.about: Mapping[str, Any] = manifest["about"]
            self._files = {str(one["name"]): (int(one["size"]), str(one["sha256"])) for one in manifest["files"]}
            if manifest["format"] != FORMAT:
                raise NoBundle(f"format {manifest['format']}")
        except (*_BROKEN, TypeError) as error:
            self._zip.close()
            raise NoBundle(str(error)) from error
        except NoBundle:
            self._zip.close()
            raise

    def close(self) -> None:
        """Let the file go."""
        self._zip.close()

    def names(self) -> list[str]:
        """Its files, as the manifest names them."""
        return list(self._files)

    def check(self) -> Checked:
        """Compare every byte with the manifest, and the manifest with its seal."""
        hash = hashlib.sha256(self._manifest).hexdigest()
        findings: list[tuple[str, str]] = []
        key = self._check_seal(hash, findings)
        there = set(self._zip.namelist())
        findings += [("extra", name) for name in sorted(there - {*self._files, MANIFEST, SEAL})]
        if len(there) != len(self._zip.namelist()):
            findings.append(("twice", ""))
        for name in self._files:
            if name not in there:
                findings.append(("missing", name))
            elif not self._same(name):
                findings.append(("altered", name))
        return Checked(self.about, hash, key, tuple(findings))

    def read(self, name: str) -> bytes:
        """A file, no further than the manifest says. KeyError, NoBundle."""
        return b"".join(self._pieces(name))

    def _small(self, name: str) -> bytes:
        try:
            with self._zip.open(name) as file:
                data = file.read(MOST_BYTES + 1)
        except _BROKEN as error:
            raise NoBundle(str(error)) from error
        if len(data) > MOST_BYTES:
            raise NoBundle(name)
        return data

    def _check_seal(self, hash: str, findings: list[tuple[str, str]]) -> str:
        try:
            seal = json.loads(self._small(SEAL))
            if seal["hash"] != hash:
                findings.append(("other_hash", MANIFEST))
            if "public" not in seal:
                findings.append(("not_signed", SEAL))
                return ""
            public = bytes.fromhex(seal["public"])
            Ed25519PublicKey.from_public_bytes(public).verify(bytes.fromhex(seal["signature"]), signed_text(hash).encode())
        except (NoBundle, InvalidSignature, ValueError, KeyError, TypeError):
            findings.append(("wrong_signature", SEAL))
            return ""
        return hashlib.sha256(public).hexdigest()

    def _pieces(self, name: str) -> Iterator[bytes]:
        left = self._files[name][0]
        try:
            with self._zip.open(name) as file:
                while left > 0 and (piece := file.read(min(PIECE, left))):
                    left -= len(piece)
                    yield piece
                more = bool(left or file.read(1))
        except _BROKEN as error:
            raise NoBundle(name) from error
        if more:
            raise NoBundle(name)

    def _same(self, name: str) -> bool:
        sum = hashlib.sha256()
        try:
            for piece in self._pieces(name):
                sum.update(piece)
        except NoBundle:
            return False
        return sum.hexdigest() == self._files[name][1]
