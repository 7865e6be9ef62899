"""The certificate for remote consoles: none, sound, near its end, ended, readable by others, not fitting; and a Qt without OpenSSL."""

import datetime
from pathlib import Path

from cityops_desktop.doctor import tls as look_at
from cityops_desktop.doctor.finding import Machine
from cityops_desktop.station import tls
from tests.core.doctor.telling import told

NOW = datetime.datetime.fromtimestamp(1_790_000_000, datetime.UTC)


def look(data: Path, clock, said: str | None = "True\n") -> list[str]:
    return told(look_at.look(data, Machine(run=lambda _words: said), clock))


def test_a_station_that_lets_nobody_in(tmp_path, clock):
    assert look(tmp_path, clock) == [
        "fine: no certificate: this station has let no other machine in (--listen)",
        "fine: the console can encrypt: Qt has found OpenSSL",
    ]


def test_a_sound_one(tmp_path, clock):
    made = tls.make(tmp_path, "r1", NOW - datetime.timedelta(days=40))
    found = look(tmp_path, clock)
    assert found[0] == f"fine: fingerprint {made.fingerprint}"
    assert found[1] == f"fine: the certificate is 41 days old and ends on {made.ends:%Y-%m-%d}"
    assert len(found) == 3


def test_one_near_its_end_and_one_that_ended(tmp_path, clock):
    years = datetime.timedelta(days=3650)
    tls.make(tmp_path, "r1", NOW - years + datetime.timedelta(days=30))
    assert look(tmp_path, clock)[1].startswith("advice: the certificate ends on 20")
    tls.make(tmp_path, "r1", NOW - years - datetime.timedelta(days=30))
    assert look(tmp_path, clock)[1].startswith("wrong: the certificate ended on 20") and "--renew" in look(tmp_path, clock)[1]


def test_a_key_that_others_can_read_or_that_does_not_fit(tmp_path, clock):
    tls.make(tmp_path, "r1", NOW)
    key = tmp_path / "tls" / "key.pem"
    key.chmod(0o644)
    assert f"wrong: others can read {key} (0644) → chmod 600 {key}" in look(tmp_path, clock)
    (tmp_path / "other").mkdir()
    tls.make(tmp_path / "other", "r2", NOW)
    key.write_bytes((tmp_path / "other" / "tls" / "key.pem").read_bytes())
    assert look(tmp_path, clock)[0].startswith("wrong: the station's certificate in")
    key.unlink()
    assert look(tmp_path, clock)[0].startswith("wrong: the station's certificate in")


def test_a_console_that_cannot_encrypt(tmp_path, clock):
    assert look(tmp_path, clock, "False\n")[-1].startswith("advice: the console cannot reach stations on other machines")
    assert look(tmp_path, clock, None)[-1].startswith("unknown:")
