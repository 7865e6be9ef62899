"""A bundle says of every changed byte that it was changed, and a file that is none breaks nothing."""

import errno
import gc
import hashlib
import io
import json
import os
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityops_desktop.incidents.bundle import MANIFEST, SEAL, Bundle, NoBundle, Sealing

KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes_raw()


def sign(text: str) -> str:
    return KEY.sign(text.encode()).hex()


def sealed(*, signed: bool = True) -> bytes:
    out = io.BytesIO()
    sealing = Sealing(out)
    for name, data in (("incident.json", b"{}"), ("samples/00001.csv", b"time,value\n" * 500)):
        with sealing.file(name) as file:
            file.write(data)
    sealing.seal({"incident": {"number": "2026-001"}}, sign if signed else None, PUBLIC if signed else b"")
    return out.getvalue()


def rewritten(data: bytes, **changed: bytes | None) -> bytes:
    """The same ZIP with other contents of some files; None = without it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w") as now:
        contents = {name: before.read(name) for name in before.namelist()} | changed
        for name, content in contents.items():
            if content is not None:
                now.writestr(name, content)
    return out.getvalue()


def check(path: Path, data: bytes) -> list[tuple[str, str]]:
    path.write_bytes(data)
    bundle = Bundle(path)
    try:
        return list(bundle.check().findings)
    finally:
        bundle.close()


def test_a_bundle_is_sound_as_it_was_sealed(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(sealed())
    bundle = Bundle(path)
    checked = bundle.check()
    assert checked.sound and checked.key == hashlib.sha256(PUBLIC).hexdigest() and checked.about["incident"]["number"] == "2026-001"
    assert bundle.read("samples/00001.csv").startswith(b"time,value\n")
    bundle.close()


@pytest.mark.parametrize(
    ("changed", "findings"),
    [
        ({"incident.json": b"{ }"}, [("altered", "incident.json")]),
        ({"incident.json": None}, [("missing", "incident.json")]),
        ({"more.txt": b"x"}, [("extra", "more.txt")]),
        ({SEAL: b"{}"}, [("wrong_signature", SEAL)]),
        ({SEAL: None}, [("wrong_signature", SEAL)]),
    ],
)
def test_what_was_changed_is_named(tmp_path: Path, changed: dict[str, bytes | None], findings: list[tuple[str, str]]) -> None:
    assert check(tmp_path / "b.zip", rewritten(sealed(), **changed)) == findings


def test_a_manifest_that_was_written_anew_no_longer_bears_the_signature(tmp_path: Path) -> None:
    data = sealed()
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        manifest, seal = json.loads(file.read(MANIFEST)), json.loads(file.read(SEAL))
    manifest["about"]["incident"]["number"] = "2026-002"
    text = json.dumps(manifest).encode()
    forged = rewritten(data, **{MANIFEST: text})
    assert ("other_hash", MANIFEST) in check(tmp_path / "a.zip", forged)
    seal["hash"] = hashlib.sha256(text).hexdigest()
    assert check(tmp_path / "b.zip", rewritten(forged, **{SEAL: json.dumps(seal).encode()})) == [("wrong_signature", SEAL)]
    assert check(tmp_path / "c.zip", sealed(signed=False)) == [("not_signed", SEAL)]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_flipped_bit_of_the_contents_stays_unseen(tmp_path: Path, data: st.DataObject) -> None:
    whole = sealed()
    with zipfile.ZipFile(io.BytesIO(whole)) as file:
        before = {name: file.read(name) for name in file.namelist()}
    place, bit = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 7))
    broken = bytearray(whole)
    broken[place] ^= 1 << bit
    path = tmp_path / "b.zip"
    path.write_bytes(bytes(broken))
    try:
        bundle = Bundle(path)
    except NoBundle:
        return
    checked = bundle.check()
    if checked.sound:  # a date or an attribute of the ZIP itself: what is in it is what was sealed
        assert {name: bundle.read(name) for name in bundle.names()} == {k: v for k, v in before.items() if k not in (MANIFEST, SEAL)}
    bundle.close()


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04" + b"\0" * 60])
def test_a_file_that_is_no_bundle_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(content)
    with pytest.raises(NoBundle):
        Bundle(path)


def test_a_manifest_that_tells_less_than_there_is_is_read_no_further(tmp_path: Path) -> None:
    """A file that unpacks into more than the manifest says fills no memory."""
    out = io.BytesIO()
    sealing = Sealing(out)
    with sealing.file("big.bin") as file:
        file.write(b"\0" * 10_000_000)
    sealing.files[0]["size"] = 10
    sealing.seal({}, sign, PUBLIC)
    path = tmp_path / "b.zip"
    path.write_bytes(out.getvalue())
    bundle = Bundle(path)
    assert bundle.check().findings == (("altered", "big.bin"),)
    with pytest.raises(NoBundle):
        bundle.read("big.bin")
    bundle.close()


class Full(io.RawIOBase):
    """A disk that is full after so many bytes."""

    def __init__(self, room: int) -> None:
        self.room = room

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.room -= len(data)
        if self.room < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return len(data)


@pytest.mark.parametrize("room", [10, 60, 300, 700])
def test_a_full_disk_is_said_once_and_no_end_is_written(room: int) -> None:
    out = Full(room)
    sealing = Sealing(out)
    with pytest.raises(OSError, match="No space"):
        for name in ("a.bin", "b.bin"):
            with sealing.file(name) as file:
                file.write(os.urandom(2000))
    sealing.give_up()
    del sealing
    out.close()
    gc.collect()
