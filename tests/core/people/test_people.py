"""First administrator, log-in, checked acts; and what of it stands in the change log."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from cityops_desktop.clock import Clock
from cityops_desktop.model.people import Person, Role
from cityops_desktop.people import passwords
from cityops_desktop.people.people import People
from cityops_desktop.people.refused import Refused
from cityops_desktop.people.sessions import LIFETIME, Session
from cityops_desktop.people.throttle import FREE
from cityops_desktop.sentences import COMMAND_CODES
from cityops_desktop.store import changes
from cityops_desktop.store.schema import change, session
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreCode, StoreError

GOOD = "Abcdefgh12"


def code(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        act()
    assert COMMAND_CODES[caught.value.code].format(**caught.value.params)
    return caught.value.code


def log(store: Store) -> list[tuple[str, str, str, dict[str, Any]]]:
    query = select(change.c.kind, change.c.subject, change.c.actor, change.c.body).order_by(change.c.seq)
    assert store.read(changes.verify) is None
    return store.read(lambda conn: [(kind, subject, actor, json.loads(body)) for kind, subject, actor, body in conn.execute(query)])


@pytest.fixture
def boss(people: People) -> Person:
    return people.first_administrator("Boss", "老板", GOOD)


@pytest.fixture
def zhang(people: People, boss: Person) -> Person:
    return people.create(boss, "张工", "张工程师", GOOD, [Role.DUTY, Role.ENGINEER])


@pytest.fixture
def opened(people: People, zhang: Person) -> Session:
    return people.login("张工", GOOD, "desk 1")


def test_nothing_can_be_done_before_the_first_administrator(people: People) -> None:
    assert not people.any_account()
    assert code(lambda: people.login("a", GOOD, "desk 1")) == "setup_required"
    assert code(lambda: people.check("token", "alarm.acknowledge")) == "setup_required"


def test_the_first_administrator_is_made_once(people: People, store: Store, clock: Clock) -> None:
    boss = people.first_administrator(" Boss ", "老板", GOOD)
    assert (boss.name, boss.display, boss.roles, boss.enabled) == ("Boss", "老板", frozenset({Role.ADMINISTRATOR}), True)
    assert people.any_account()
    assert code(lambda: people.first_administrator("Other", "x", GOOD)) == "setup_done"
    another = People(store, clock)
    assert code(lambda: another.first_administrator("Other", "x", GOOD)) == "setup_done"
    another.load()
    assert another.any_account()
    body = {"name": "Boss", "display": "老板", "roles": ["administrator"]}
    assert log(store) == [("account.created", f"account:{boss.id}", boss.id, body)]


def test_of_many_first_administrators_one_is_made(people: People, store: Store) -> None:
    outcomes: list[str] = []

    def attempt(number: int) -> None:
        try:
            people.first_administrator(f"boss {number}", "x", GOOD)
            outcomes.append("made")
        except Refused as refused:
            outcomes.append(refused.code)

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["made", *["setup_done"] * 5]
    assert len(log(store)) == 1


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "a\x00", "a\u202eb", "a\u200bb", "x" * 129, "\ud800", "a\u2028b"])
def test_names_that_cannot_be_shown_are_refused(people: People, boss: Person, name: str) -> None:
    assert code(lambda: people.create(boss, name, "ok", GOOD, [Role.DUTY])) == "bad_request"
    assert code(lambda: people.create(boss, "ok", name, GOOD, [Role.DUTY])) == "bad_request"


@pytest.mark.parametrize("name", ["boss", "BOSS", " Boss\t"])
def test_a_name_is_taken_however_it_is_written(people: People, boss: Person, name: str) -> None:
    assert code(lambda: people.create(boss, name, "x", GOOD, [Role.DUTY])) == "name_taken"


def test_composed_names_are_the_same_name(people: People, boss: Person) -> None:
    made = people.create(boss, "Jose\u0301", "José", GOOD, [Role.DUTY])
    assert made.name == "Jos\u00e9"
    assert code(lambda: people.create(boss, "JOS\u00c9", "x", GOOD, [Role.DUTY])) == "name_taken"
    assert people.login("jose\u0301", GOOD, "desk").person == made


def test_only_an_administrator_makes_accounts(people: People, boss: Person, zhang: Person, store: Store) -> None:
    assert code(lambda: people.create(zhang, "x", "x", GOOD, [Role.DUTY])) == "no_right"
    forged = Person(zhang.id, zhang.name, zhang.display, frozenset({Role.ADMINISTRATOR}))
    assert code(lambda: people.create(forged, "x", "x", GOOD, [Role.DUTY])) == "no_right"
    stranger = Person("nobody", "n", "n", frozenset({Role.ADMINISTRATOR}))
    assert code(lambda: people.create(stranger, "x", "x", GOOD, [Role.DUTY])) == "no_right"
    assert code(lambda: people.create(boss, "x", "x", "weak", [Role.DUTY])) == "weak_password"
    assert code(lambda: people.create(boss, "x", "x", GOOD, [])) == "bad_request"
    body = {"name": "张工", "display": "张工程师", "roles": ["duty", "engineer"]}
    assert log(store)[1:] == [("account.created", f"account:{zhang.id}", boss.id, body)]


def test_a_session_gives_the_rights_of_its_person(people: People, opened: Session, zhang: Person, store: Store, clock: Clock) -> None:
    assert opened.person == zhang
    assert opened.expires == clock.wall() + LIFETIME
    assert people.check(opened.token, "alarm.acknowledge") == zhang
    assert people.check(opened.token, "alarm.acknowledge", "desk 1") == zhang
    assert code(lambda: people.check(opened.token, "account.create")) == "no_right"
    assert code(lambda: people.check(opened.token, "no.such.kind")) == "no_right"
    assert code(lambda: people.check(opened.token, "alarm.acknowledge", "desk 2")) == "not_logged_in"
    for wrong in (None, "", "x", opened.token + "x", "\ud800"):
        assert code(lambda wrong=wrong: people.check(wrong, "alarm.acknowledge")) == "not_logged_in"
    kind, subject, actor, body = log(store)[-1]
    assert (kind, actor, body) == ("session.opened", zhang.id, {"console": "desk 1", "expires": opened.expires})
    assert subject.startswith("session:")


def test_a_token_is_kept_nowhere(people: People, opened: Session, store: Store, tmp_path: Path) -> None:
    people.check(opened.token, "alarm.acknowledge")
    for file in tmp_path.iterdir():
        content = file.read_bytes()
        assert opened.token.encode() not in content
        assert GOOD.encode() not in content


def test_a_session_outlives_the_station_but_not_the_shift(people: People, opened: Session, zhang: Person, store: Store, clock: Any) -> None:
    restarted = People(store, clock)
    restarted.load()
    assert restarted.check(opened.token, "alarm.acknowledge") == zhang
    clock.advance(LIFETIME / 1000 - 1)
    assert restarted.person(opened.token) == zhang
    clock.advance(1)
    assert restarted.person(opened.token) is None
    restarted.login("张工", GOOD, "desk 1")
    assert len(store.read(lambda conn: conn.execute(select(session.c.id)).all())) == 1


def test_logging_out_ends_the_session(people: People, opened: Session, zhang: Person, store: Store) -> None:
    people.logout(opened.token)
    assert people.person(opened.token) is None
    people.logout(opened.token)
    people.logout("never seen")
    assert [row[0] for row in log(store)][-2:] == ["session.opened", "session.closed"]
    assert log(store)[-1][2] == zhang.id


def test_wrong_names_and_wrong_passwords_look_alike(people: People, zhang: Person, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    real = passwords.matches
    monkeypatch.setattr(passwords, "matches", lambda hash_text, password: tried.append(hash_text) or real(hash_text, password))
    for name in ("张工", "李工", "\ud800", "", "x" * 500):
        assert code(lambda name=name: people.login(name, "Wrongwrong1", f"desk {name[:1]!a}")) == "wrong_name_or_password"
    assert len(tried) == 5
    assert all(hash_text.startswith("$argon2id$") for hash_text in tried)
    refused = [row for row in log(store) if row[0] == "session.refused"]
    assert [row[3] for row in refused] == [{"account": zhang.id}, *[{"account": None}] * 4]
    assert all(subject == actor and actor.startswith("console:desk ") for _, subject, actor, _ in refused)


def test_guessing_makes_the_account_wait_even_for_the_right_password(people: People, zhang: Person, clock: Any, store: Store) -> None:
    for number in range(FREE):
        assert code(lambda n=number: people.login("张工", "Wrongwrong1", f"desk {n}")) == "wrong_name_or_password"
    with pytest.raises(Refused) as caught:
        people.login("张工", GOOD, "desk 99")
    assert (caught.value.code, caught.value.params) == ("too_many_attempts", {"seconds": 30})
    assert sum(row[0] == "session.refused" for row in log(store)) == FREE
    clock.advance(30)
    assert people.login("张工", GOOD, "desk 99").person == zhang


def test_guessing_names_makes_the_console_wait(people: People, zhang: Person) -> None:
    for number in range(FREE):
        assert code(lambda n=number: people.login(f"nobody {n}", GOOD, "desk 1")) == "wrong_name_or_password"
    assert code(lambda: people.login("张工", GOOD, "desk 1")) == "too_many_attempts"
    assert people.login("张工", GOOD, "desk 2").person == zhang


def test_many_attempts_at_once_gain_nothing(people: People, zhang: Person) -> None:
    outcomes: list[str] = []

    def guess(number: int) -> None:
        outcomes.append(code(lambda: people.login("张工", "Wrongwrong1", f"desk {number}")))

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["too_many_attempts"] * (12 - FREE) + ["wrong_name_or_password"] * FREE


def test_what_cannot_be_recorded_is_not_done(
    people: People, boss: Person, opened: Session, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_run: object) -> Future[object]:
        future: Future[object] = Future()
        future.set_exception(StoreError(StoreCode.DISK_FULL))
        return future

    monkeypatch.setattr(store, "write", full)
    assert code(lambda: people.login("张工", GOOD, "desk 1")) == "not_recorded"
    assert code(lambda: people.create(boss, "x", "x", GOOD, [Role.DUTY])) == "not_recorded"
    assert code(lambda: people.logout(opened.token)) == "not_recorded"
    assert code(lambda: people.login("张工", "Wrongwrong1", "desk 1")) == "wrong_name_or_password"
    assert people.check(opened.token, "alarm.acknowledge") == opened.person


def test_a_closed_store_answers_nobody(people: People, opened: Session, store: Store) -> None:
    store.close()
    assert code(lambda: people.check(opened.token, "alarm.acknowledge")) == "busy"


def test_a_session_of_a_clock_that_was_ahead_does_not_outlive_its_shift(people: People, zhang: Person, clock: Clock) -> None:
    """The clock stood in 2036 and was set right after the log-in: without this the session would be good for ten years."""
    day = 86_400_000
    clock.ms += 3650 * day  # type: ignore[attr-defined]
    opened = people.login("张工", GOOD, "desk 1")
    clock.ms -= 200_000  # type: ignore[attr-defined]
    assert people.person(opened.token) == zhang, "a clock that is set right by minutes throws nobody out"
    clock.ms -= 3650 * day  # type: ignore[attr-defined]
    assert people.person(opened.token) is None
    assert code(lambda: people.check(opened.token, "alarm.acknowledge")) == "not_logged_in"
