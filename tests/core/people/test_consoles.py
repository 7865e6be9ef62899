"""Remote consoles in the store: a code is good once and in time, a token until it is revoked, and both only as digests."""

import pytest

from cityops_desktop.link.credentials import bound_to
from cityops_desktop.model.people import Role
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import accounts, consoles, quick, sessions
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock


def invite(store: Store, clock: FakeClock, code: str = "CODE2345") -> str:
    return store.write(lambda conn: consoles.invite(conn, "wall", code, actor="a", time=clock.wall())).result()[0]


def pair(store: Store, clock: FakeClock, code: str = "CODE2345") -> consoles.Paired:
    return store.write(lambda conn: consoles.pair(conn, code, address="10.0.0.7", time=clock.wall())).result()


def refusal(run) -> str:
    with pytest.raises(Refused) as refused:
        run()
    return refused.value.code


def test_a_code_lets_one_console_in(store, clock):
    console = invite(store, clock)
    assert store.read(consoles.tokens) == {}
    made = pair(store, clock, " code2345 ")
    assert (made.id, made.name) == (console, "wall")
    assert store.read(consoles.tokens) == {consoles.digest(made.token): console}
    assert refusal(lambda: pair(store, clock)) == "wrong_pairing_code"


@pytest.mark.parametrize(("seconds", "good"), [(599, True), (600, False), (-299, True), (-301, False)])
def test_a_code_is_good_for_ten_minutes_whatever_becomes_of_the_clock(store, clock, seconds, good):
    invite(store, clock)
    clock.advance(seconds)
    if good:
        assert pair(store, clock)
    else:
        assert refusal(lambda: pair(store, clock)) == "wrong_pairing_code"


def test_a_digest_or_a_token_is_no_code(store, clock):
    invite(store, clock)
    assert refusal(lambda: pair(store, clock, consoles.digest("CODE2345"))) == "wrong_pairing_code"
    made = pair(store, clock)
    assert refusal(lambda: pair(store, clock, made.token)) == "wrong_pairing_code"


def test_codes_are_different_and_long():
    codes = {consoles.new_code() for _ in range(100)}
    assert len(codes) == 100 and all(len(code) == 26 and code.isalnum() and code == code.upper() for code in codes)


def test_not_more_than_fifty_codes_are_open(store, clock):
    for number in range(consoles.MOST_WAITING):
        invite(store, clock, f"CODE{number}")
    assert refusal(lambda: invite(store, clock)) == "too_many_codes"
    clock.advance(600)
    assert invite(store, clock)


def test_revoking_ends_token_sessions_and_ways_back_of_that_console_alone(store, clock):
    console, now = invite(store, clock), clock.wall()
    made = pair(store, clock)
    here, there = bound_to("local", "desk"), bound_to(made.id, "desk")

    def live(conn):
        person = accounts.add(conn, name="li", display="李", password="x", roles=frozenset({Role.DUTY}), domain="c", actor="a", time=now)
        for bound in (here, there):
            sessions.start(conn, person, console="desk", bound=bound, time=now, expires=now + 1000)
            quick.remember(conn, bound, person.id, now)

    store.write(live).result()
    store.write(lambda conn: consoles.revoke(conn, console, actor="a", time=now)).result()
    assert store.read(consoles.tokens) == {}
    assert [one.bound for one in store.read(lambda conn: sessions.open_sessions(conn, now))] == [here]
    assert store.read(lambda conn: (len(quick.known(conn, here, now)), len(quick.known(conn, there, now)))) == (1, 0)
    assert refusal(lambda: store.write(lambda conn: consoles.revoke(conn, console, actor="a", time=now)).result()) == "no_such_console"


def test_a_code_that_was_taken_back_lets_nobody_in(store, clock):
    console = invite(store, clock)
    store.write(lambda conn: consoles.revoke(conn, console, actor="a", time=clock.wall())).result()
    assert refusal(lambda: pair(store, clock)) == "wrong_pairing_code"
