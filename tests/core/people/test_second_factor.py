"""The second factor: TOTP accepted once, recovery codes, enrolment; no secret in the log."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from cityops_desktop.link.acts import (
    BeginFactor,
    ConfirmFactor,
    EndFactor,
    OwnBadge,
    OwnPin,
)
from cityops_desktop.model.people import Limited, Preset
from cityops_desktop.people import factors, passwords
from cityops_desktop.store.schema import change, factor
from tests.conftest import FakeClock
from tests.core.people.site import CHEAP, DOMAIN, GOOD, HERE, THERE, TRIES, Site, code, made, refused, strict


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_vectors_of_rfc_6238(seconds: int, told: str) -> None:
    secret = b"12345678901234567890"
    assert factors.totp_code(secret, seconds, 8) == told
    assert factors.totp_code(secret, seconds) == told[2:]


def test_the_second_factor_is_asked_for_after_the_right_password_only(site: Site) -> None:
    secret, _ = site.enrol(site.login())
    site.clock.advance(60)
    assert code(lambda: site.login("Wrongwrong1", site.code_of(secret))) == "wrong_name_or_password"
    told = refused(site.login)
    assert (told.code, told.about) == ("second_factor_required", {"account": site.person.id})
    assert code(lambda: site.login(code="000000" if site.code_of(secret) != "000000" else "111111")) == "wrong_code"
    assert site.login(code=site.code_of(secret)).limited is Limited.NOTHING
    row = site.store.read(lambda conn: conn.execute(select(factor.c.secret, factor.c.used)).first())
    assert row is not None and row.used == site.clock.wall() // 30_000


def test_wrong_codes_lock_and_leaving_the_code_out_resets_nothing(site: Site) -> None:
    secret, _ = site.enrol(site.login())
    site.clock.advance(60)
    right = {site.code_of(secret, n) for n in (-1, 0, 1)}
    wrong = next(text for text in ("000000", "111111", "222222", "333333") if text not in right)
    for _ in range(TRIES):
        for _ in range(3):
            assert code(lambda: site.login(bound=THERE)) == "second_factor_required"
        assert code(lambda: site.login(code=wrong, bound=THERE)) == "wrong_code"
    assert code(lambda: site.login(code=site.code_of(secret), bound="third")) == "too_many_attempts"
    site.restart()
    assert code(lambda: site.login(code=site.code_of(secret), bound="third")) == "account_locked"


@settings(max_examples=25)
@given(offers=st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 2), st.booleans()), min_size=1, max_size=12))
def test_a_step_is_accepted_once_and_never_an_earlier_one(offers: list[tuple[int, int, bool]]) -> None:
    """Codes of steps around now, while time goes on and the station restarts: what is accepted only ever rises, and lies near now."""
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as folder:
        patch.setattr(passwords, "_hasher", CHEAP)
        clock = FakeClock()
        site = made(Path(folder), clock)
        try:
            secret, _ = site.enrol(site.login())
            accepted = [clock.wall() // 30_000]
            for offset, passed, restart in offers:
                clock.advance(30 * passed)
                if restart:
                    site.restart()
                step = clock.wall() // 30_000 + offset
                valid = {n for n in (-1, 0, 1) if site.code_of(secret, n) == site.code_of(secret, offset)}
                fresh = any(clock.wall() // 30_000 + n > accepted[-1] for n in valid)
                site.people.door._throttle.succeeded("name:zhang", f"console:{HERE}")
                if fresh:
                    assert site.login(code=site.code_of(secret, offset)).person.name == "zhang"
                    accepted.append(step)
                else:
                    assert code(lambda o=offset: site.login(code=site.code_of(secret, o))) == "wrong_code"
            assert accepted == sorted(set(accepted))
        finally:
            site.store.close()


def test_of_two_with_the_same_code_at_once_one_comes_in(site: Site) -> None:
    secret, _ = site.enrol(site.login())
    site.clock.advance(60)
    text = site.code_of(secret)
    first = site.people.door.prove("zhang", GOOD, "a", code=text)
    second = site.people.door.prove("zhang", GOOD, "b", code=text)
    site.people.write(lambda conn: first.take(conn, DOMAIN, site.clock.wall()))
    assert code(lambda: site.people.write(lambda conn: second.take(conn, DOMAIN, site.clock.wall()))) == "wrong_code"


def test_recovery_codes_work_once_each(site: Site) -> None:
    _, codes = site.enrol(site.login())
    assert len(set(codes)) == factors.RECOVERY_CODES
    assert all(len(text) == factors.RECOVERY_LENGTH for text in codes)
    held = site.store.read(lambda conn: conn.execute(select(factor.c.secret).where(factor.c.kind == "recovery")).scalar())
    assert not any(text in held for text in codes)
    for text in (codes[0], f" {codes[1][:5].lower()}-{codes[1][5:]} "):
        assert site.login(code=text).person.name == "zhang"
        assert code(lambda t=text: site.login(code=t)) == "wrong_code"
    [row] = [row for row in site.store.read(lambda conn: factors.of(conn, site.person.id)) if row["kind"] == "recovery"]
    assert factors.codes_left(row) == factors.RECOVERY_CODES - 2
    assert site.kinds().count("factor.recovery_used") == 2


def test_a_factor_counts_when_it_is_confirmed_and_no_longer_when_it_ended(site: Site) -> None:
    opened = site.login()
    begun = site.act(opened, BeginFactor(password=GOOD, factor="totp", name="phone"))
    assert begun["uri"].startswith("otpauth://totp/") and begun["secret"] in begun["uri"]
    assert code(lambda: site.act(opened, ConfirmFactor(factor=begun["factor"], code="12345"))) == "wrong_code"
    assert site.login().limited is Limited.NOTHING, "not confirmed: not asked for"
    opened = site.login()
    site.clock.advance(901)
    secret = factors.base64.b32decode(begun["secret"])
    assert code(lambda: site.act(opened, ConfirmFactor(factor=begun["factor"], code=site.code_of(secret)))) == "no_such_factor"
    site.enrol(opened)
    [totp, recovery] = [row["id"] for row in site.store.read(lambda conn: factors.of(conn, site.person.id))]
    assert code(lambda: site.act(opened, EndFactor(password=GOOD, factor=recovery))) == "no_such_factor"
    assert code(lambda: site.act(opened, EndFactor(password="Wrongwrong1", factor=totp))) == "wrong_password"
    strict(site)
    assert code(lambda: site.act(opened, EndFactor(password=GOOD, factor=totp))) == "factor_needed"
    strict(site, Preset.BASIC)
    site.act(opened, EndFactor(password=GOOD, factor=totp))
    assert site.store.read(lambda conn: factors.of(conn, site.person.id)) == []
    assert site.login().person.name == "zhang"


def test_the_log_holds_no_secret(site: Site) -> None:
    opened = site.login()
    begun = site.act(opened, BeginFactor(password=GOOD, factor="totp", name="phone"))
    secret = factors.base64.b32decode(begun["secret"])
    codes = site.act(opened, ConfirmFactor(factor=begun["factor"], code=site.code_of(secret)))["codes"].split()
    site.act(opened, OwnPin(password=GOOD, pin="274961"))
    site.act(opened, OwnBadge(password=GOOD, badge="0004711815"))
    bodies = "".join(site.store.read(lambda conn: list(conn.execute(select(change.c.body)).scalars())))
    for text in (GOOD, begun["secret"], "274961", "0004711815", "$argon2", opened.token, *codes):
        assert text not in bodies
