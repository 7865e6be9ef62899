"""The signing key and the heads: made once, private, told when they change; read again from whatever people kept."""

import json
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.audit import heads, keys
from cityops_desktop.audit.heads import Head, Outside
from cityops_desktop.audit.report import State
from cityops_desktop.audit.verify import verify
from cityops_desktop.errors import Exit, OperatorError
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock
from tests.core.audit.conftest import STATION, Lived, Trial, codes, station_row


def announced(folder: Path, clock: FakeClock) -> tuple[str, str | None]:
    """A start of the station as far as the key goes, with a head; the key's fingerprint and the one it took the place of."""
    store = Store.open(folder, clock)
    key = keys.load_or_make(folder, clock.ms)
    before = store.write(lambda conn: keys.announce(conn, key, clock.ms)).result(30)
    store.write(lambda conn: station_row(conn, 1, clock.ms)).result(30)
    store.write(lambda conn: heads.sign(conn, key, STATION, clock.ms)).result(30)
    store.close()
    return keys.fingerprint(key.public), before


def test_the_key_is_made_once_and_is_private(tmp_path: Path, clock: FakeClock) -> None:
    own, before = announced(tmp_path, clock)
    assert before is None
    assert announced(tmp_path, clock) == (own, None)
    assert stat.S_IMODE((tmp_path / keys.PRIVATE_FILE).stat().st_mode) == 0o600
    public = load_pem_public_key((tmp_path / keys.PUBLIC_FILE).read_bytes())
    assert keys.fingerprint(public.public_bytes_raw()) == own  # type: ignore[union-attr]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["journal.db", "records.db", "sign.key", "sign.pub"]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda path: path.unlink(), "lost"),
        (lambda path: path.write_text("no key"), "damaged"),
        (lambda path: path.write_bytes(b""), "damaged"),
    ],
)
def test_a_lost_key_is_told_and_old_heads_stay_verifiable(tmp_path: Path, clock: FakeClock, spoil, why: str) -> None:
    first, _ = announced(tmp_path, clock)
    spoil(tmp_path / keys.PRIVATE_FILE)
    second, before = announced(tmp_path, clock)
    assert before == first != second
    report = verify(tmp_path, clock)
    assert (report.state, [(one.key, one.before, one.why) for one in report.keys]) == (
        State.SOUND,
        [(first, None, "first"), (second, first, why)],
    )
    assert report.head is not None and report.head.key == second


def test_a_published_key_that_the_log_does_not_know_is_told(trial: Trial, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    keys.load_or_make(other, 1)
    (other / keys.PUBLIC_FILE).replace(trial.folder / keys.PUBLIC_FILE)
    assert codes(trial.verified()) == ["key_unknown"]


def test_nothing_new_needs_no_new_head(tmp_path: Path, clock: FakeClock) -> None:
    store = Store.open(tmp_path, clock)
    key = keys.load_or_make(tmp_path, clock.ms)

    def sign() -> Head | None:
        return store.write(lambda conn: heads.sign(conn, key, STATION, clock.ms)).result(30)

    assert sign() is None
    store.write(lambda conn: station_row(conn, 1, clock.ms)).result(30)
    head = sign()
    assert head is not None
    assert sign() is None
    assert head.seq == 1
    assert head.text == f"cityops-head 1\nstation {STATION}\nseq 1\nhash {head.hash}\ntime {heads.iso(clock.ms)}\n"
    assert keys.signed(key.public, head.text, head.signature)
    assert not keys.signed(key.public, head.text + " ", head.signature)
    assert store.read(heads.newest) == head
    store.close()


def test_a_head_is_read_from_whatever_was_kept(lived: Lived, tmp_path: Path) -> None:
    head = lived.anchor
    whole = f"{head.text}key {head.key}\nsignature {head.signature}\n"
    sheet = tmp_path / "sheet.txt"
    sheet.write_text(f"Head of the change log\n\n{whole}\nSignature: ____\n")
    told = json.dumps({**head.body, "text": head.text})
    for given_ in (whole, str(sheet), told):
        found = heads.outside(given_)
        assert (found.seq, found.hash, found.text, found.signature) == (head.seq, head.hash, head.text, head.signature)
        assert verify(lived.folder, FakeClock(), [found]).findings == []
    assert heads.outside(f" {head.seq} : {head.hash[:8]} {head.hash[8:16].upper()}") == Outside(head.seq, head.hash[:16])


@pytest.mark.parametrize(
    "text", ["", "7", "7:abc", "0:" + "a" * 16, "7:" + "a" * 65, "seq 7\nhash xyz", "[]", '{"seq": null}', "7:" + "g" * 16]
)
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(OperatorError) as caught:
        heads.outside(text)
    assert caught.value.exit_code is Exit.USAGE


@given(st.text(max_size=60))
def test_any_text_is_a_head_or_refused(text: str) -> None:
    try:
        assert heads.outside(text).seq >= 1
    except OperatorError as error:
        assert error.exit_code is Exit.USAGE


def test_a_head_with_a_foreign_signature_is_no_proof(trial: Trial, lived: Lived) -> None:
    forged = Outside(lived.anchor.seq, lived.anchor.hash, lived.anchor.text, "00" * 64, lived.anchor.key)
    assert codes(trial.verified(forged)) == ["outside_wrong"]
