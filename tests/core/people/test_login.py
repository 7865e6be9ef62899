"""Coming in by name and password: what an answer gives away, the lock-out, what must be done first."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from cityops_desktop.link.acts import (
    BeginFactor,
    OwnPassword,
)
from cityops_desktop.model.people import Limited
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import passwords
from cityops_desktop.people.throttle import FREE
from tests.conftest import FakeClock
from tests.core.people.site import CHEAP, GOOD, HERE, LOCK, OTHER, THERE, TRIES, Site, code, made, refused, strict


def test_every_try_costs_one_hash_whether_there_is_such_an_account_or_not(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    real = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda text, password: tried.append(text) or real(text, password))
    for number, (name, second) in enumerate([("zhang", ""), ("zhang", "123456"), ("nobody", ""), ("nobody", "123456"), ("\ud800", "")]):
        told = refused(lambda n=name, s=second, b=str(number): site.login("Wrongwrong1", s, b, n))
        assert (told.code, told.params) == ("wrong_name_or_password", {})
        assert len(tried) == number + 1
    assert all(text.startswith("$argon2id$") for text in tried)


@pytest.mark.parametrize("why", ["disabled", "expired", "on_leave"])
def test_an_account_that_cannot_be_used_answers_like_a_wrong_password(site: Site, why: str) -> None:
    if why == "disabled":
        site.change(enabled=False)
    elif why == "expired":
        site.change(expires=site.clock.wall())
    else:
        insert = "INSERT INTO absence VALUES ('x', ?, 0, ?, '', NULL)"
        site.people.write(lambda conn: conn.exec_driver_sql(insert, (site.person.id, site.clock.wall() + 1000)))
    told = refused(site.login)
    assert (told.code, told.params) == ("wrong_name_or_password", {})
    assert told.about == {"account": site.person.id, "reason": why}, "the record says the reason"


def tried_to_the_end(site: Site, name: str) -> list[tuple[str, dict[str, Any]]]:
    answers = []
    for number in range(TRIES + 1):
        told = refused(lambda b=f"{name}{number}": site.login("Wrongwrong1", bound=b, name=name))
        answers.append((told.code, told.params))
    return answers


def test_a_locked_account_and_a_held_name_look_alike(site: Site) -> None:
    known, unknown = tried_to_the_end(site, "zhang"), tried_to_the_end(site, "nobody")
    assert known == unknown
    assert known == [("wrong_name_or_password", {})] * TRIES + [("too_many_attempts", {"seconds": LOCK})]
    assert site.row()["locked_until"] == site.clock.wall() + LOCK * 1000
    assert site.kinds().count("account.locked") == 1
    site.restart()
    for name in ("zhang", "nobody"):
        assert code(lambda n=name: site.login("Wrongwrong1", name=n, bound=n)) == "wrong_name_or_password"
    told = refused(site.login)
    assert (told.code, told.params) == ("account_locked", {"seconds": LOCK}), "only who has the password is told"
    site.clock.advance(LOCK)
    assert site.login().person.name == "zhang"


def at_once(tries: int, attempt: Callable[[int], str]) -> list[str]:
    """What so many threads are told that try at the same time, sorted."""
    with ThreadPoolExecutor(tries) as pool:
        return sorted(pool.map(attempt, range(tries)))


def test_many_attempts_at_once_gain_nothing(site: Site) -> None:
    told = at_once(12, lambda number: code(lambda: site.login("Wrongwrong1", bound=f"c{number}")))
    assert told == ["too_many_attempts"] * (12 - TRIES) + ["wrong_name_or_password"] * TRIES
    assert site.kinds().count("account.locked") == 1


def test_unlocking_frees_the_name_at_once(site: Site) -> None:
    tried_to_the_end(site, "zhang")
    site.row()
    site.change(locked_until=None)
    assert site.login().person.name == "zhang"


def test_a_console_that_guesses_waits_longer_and_longer(site: Site) -> None:
    for number in range(FREE):
        assert code(lambda n=number: site.login(name=f"nobody {n}")) == "wrong_name_or_password"
    waits = []
    for number in range(3):
        told = refused(site.login)
        waits.append(told.params["seconds"])
        site.clock.advance(float(told.params["seconds"]))
        assert code(lambda n=number: site.login(name=f"other {n}")) == "wrong_name_or_password"
    assert waits == [30, 60, 120]
    assert site.login(bound=THERE).person.name == "zhang", "the console's wait is not that of others"


def test_what_the_store_cannot_record_is_held_against_nobody(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_run: object) -> object:
        raise Refused("not_recorded")

    with monkeypatch.context() as patch:
        patch.setattr(site.people, "write", full)
        for _ in range(TRIES + 2):
            assert code(site.login) == "not_recorded"
    assert site.login().person.name == "zhang"


class Locking(RuleBasedStateMachine):
    """The lock of an account against a model: so many wrong in a row, so long, restarts free no lock, right ones count anew."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(passwords, "_hasher", CHEAP)
        self.folder = TemporaryDirectory()
        self.clock = FakeClock()
        self.site = made(Path(self.folder.name), self.clock)
        self.wrong, self.until, self.held, self.number, self.last = 0, 0.0, 0.0, 0, 0.0

    def teardown(self) -> None:
        self.site.store.close()
        self.folder.cleanup()
        self.patch.undo()

    def fresh(self) -> str:
        self.number += 1
        return f"console {self.number}"

    @rule()
    def wrong_password(self) -> None:
        told = code(lambda: self.site.login("Wrongwrong1", bound=self.fresh()))
        now = self.clock.monotonic()
        if now < self.held:
            assert told == "too_many_attempts"
            return
        assert told == "wrong_name_or_password"
        self.wrong = 1 if self.wrong >= TRIES or now - max(self.held, self.last) > 900 else self.wrong + 1
        self.last = now
        if self.wrong >= TRIES:
            self.held = now + LOCK
            self.until = self.until if self.until > now else now + LOCK

    @rule()
    def right_password(self) -> None:
        now = self.clock.monotonic()
        if now < self.held:
            assert code(lambda: self.site.login(bound=self.fresh())) == "too_many_attempts"
        elif now < self.until:
            assert code(lambda: self.site.login(bound=self.fresh())) == "account_locked"
            self.wrong = 1 if self.wrong >= TRIES or now - max(self.held, self.last) > 900 else self.wrong + 1
            self.last = now
            if self.wrong >= TRIES:
                self.held = now + LOCK
        else:
            assert self.site.login(bound=self.fresh()).person.name == "zhang"
            self.wrong, self.held = 0, 0.0

    @rule(seconds=st.sampled_from([1, 60, LOCK / 2, LOCK, 3000]))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule()
    def restart(self) -> None:
        self.site.row()
        self.site.restart()
        self.wrong, self.held = 0, 0.0

    @precondition(lambda self: self.until > self.clock.monotonic())
    @rule()
    def unlock(self) -> None:
        if self.site.row()["locked_until"] is not None:
            self.site.change(locked_until=None)
            self.until = 0.0
            if self.site.people.door._locked:
                self.wrong, self.held = 0, 0.0


TestLocking = Locking.TestCase
TestLocking.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)


def test_under_the_strict_policy_factor_and_password_come_first(site: Site) -> None:
    strict(site)
    opened = site.login()
    assert opened.limited is Limited.ENROL_FACTOR
    assert code(lambda: site.people.check(opened.token, HERE, "alarm.acknowledge")) == "must_enrol_factor"
    secret, _ = site.enrol(opened)
    assert site.people.check(opened.token, HERE, "alarm.acknowledge").limited is Limited.NOTHING, "cleared in the same session"
    site.clock.advance(90 * 86_400)
    old = site.login(code=site.code_of(secret))
    assert old.limited is Limited.CHANGE_PASSWORD
    assert code(lambda: site.people.check(old.token, HERE, "alarm.acknowledge")) == "must_change_password"
    site.act(old, OwnPassword(old=GOOD, new=OTHER))
    assert site.people.check(old.token, HERE, "alarm.acknowledge").limited is Limited.NOTHING


def test_a_temporary_password_leads_to_the_factor(site: Site) -> None:
    strict(site)
    site.change(must_change=True)
    opened = site.login()
    assert opened.limited is Limited.CHANGE_PASSWORD
    assert code(lambda: site.act(opened, BeginFactor(password=GOOD, factor="totp", name="p"))) == "must_change_password"
    site.act(opened, OwnPassword(old=GOOD, new=OTHER))
    assert site.who(opened).limited is Limited.ENROL_FACTOR
