"""The station's people with one duty person, as tests of log-in need them: acts, restarts, clock, the change log."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Connection, select

from cityops_desktop.link.acts import (
    BeginFactor,
    ConfirmFactor,
)
from cityops_desktop.model.people import Person, Preset, Role, Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import accounts, factors, policy
from cityops_desktop.people.people import People
from cityops_desktop.people.policy import POLICIES
from cityops_desktop.people.sessions import Session
from cityops_desktop.sentences import COMMAND_CODES
from cityops_desktop.station.acts.own import OwnActs
from cityops_desktop.station.acts.sessions import SessionActs
from cityops_desktop.store import changes
from cityops_desktop.store.schema import account, change
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock

GOOD = "Abcdefgh12"
OTHER = "Zyxwvuts98"
DOMAIN = "c/d/s/r1"
HERE, THERE = "desk one", "desk two"
CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
TRIES = POLICIES[Preset.BASIC].tries
LOCK = POLICIES[Preset.BASIC].lock_seconds


@dataclass
class Site:
    """The station's people with a duty person, and whatever restarts do to them."""

    people: People
    store: Store
    clock: FakeClock
    person: Person

    def login(self, password: str = GOOD, code: str = "", bound: str = HERE, name: str = "zhang") -> Session:
        return self.people.login(name, password, "desk", bound, code)

    def restart(self) -> None:
        self.people = People(self.store, self.clock, DOMAIN)
        self.people.load()

    def who(self, opened: Session, bound: str = HERE) -> Who:
        found = self.people.who(opened.token, bound)
        assert found is not None
        return found

    def act(self, opened: Session, act: Any, bound: str = HERE) -> dict[str, Any]:
        who = self.people.check(opened.token, bound, act.kind)
        acts = {**OwnActs(self.people).acts(), **SessionActs(self.people).acts()}
        job = acts[act.kind](act, who)

        def whole(conn: Connection) -> Any:
            self.people.recheck(conn, who, act.kind)
            return job(conn)

        return dict(self.people.write(whole) or {})

    def row(self) -> Any:
        self.people.write(lambda _conn: None)  # what was ordered before has been written
        return self.store.read(lambda conn: conn.execute(select(account).where(account.c.id == self.person.id)).mappings().one())

    def change(self, **values: object) -> None:
        self.people.write(lambda conn: accounts.change(conn, self.person.id, values, kind="t.t", actor="station", time=self.clock.wall()))

    def kinds(self) -> list[str]:
        self.people.write(lambda _conn: None)
        assert self.store.read(changes.verify) is None
        return self.store.read(lambda conn: list(conn.execute(select(change.c.kind).order_by(change.c.seq)).scalars()))

    def closed(self) -> list[str]:
        query = select(change.c.body).where(change.c.kind == "session.closed").order_by(change.c.seq)
        return [json.loads(body)["why"] for body in self.store.read(lambda conn: list(conn.execute(query).scalars()))]

    def enrol(self, opened: Session) -> tuple[bytes, list[str]]:
        """A TOTP app; its secret and the recovery codes."""
        begun = self.act(opened, BeginFactor(password=GOOD, factor="totp", name="phone"))
        secret = factors.base64.b32decode(begun["secret"])
        done = self.act(opened, ConfirmFactor(factor=begun["factor"], code=self.code_of(secret)))
        return secret, done.get("codes", "").split()

    def code_of(self, secret: bytes, steps: int = 0) -> str:
        return factors.totp_code(secret, self.clock.wall() // 1000 + 30 * steps)


def made(folder: Path, clock: FakeClock) -> Site:
    store = Store.open(folder, clock)
    people = People(store, clock, DOMAIN)
    people.load()

    def add(conn: Connection) -> Person:
        accounts.add(
            conn, name="root", display="王", password=CHEAP.hash(GOOD), roles=[Role.ADMINISTRATOR], domain=DOMAIN, actor=None, time=1
        )
        return accounts.add(
            conn,
            name="zhang",
            display="张工",
            password=CHEAP.hash(GOOD),
            roles=[Role.DUTY],
            domain=DOMAIN,
            actor=None,
            time=clock.wall(),
        )

    person = people.write(add)
    site = Site(people, store, clock, person)
    site.restart()
    return site


def refused(act: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as caught:
        act()
    assert COMMAND_CODES[caught.value.code].format(**caught.value.params)
    return caught.value


def code(act: Callable[[], object]) -> str:
    return refused(act).code


def strict(site: Site, preset: Preset = Preset.MLPS3) -> None:
    site.people.write(lambda conn: policy.put(conn, preset, actor="station", time=site.clock.wall()))
    site.people.load_policy()


def back(site: Site, pin: str = "274961", bound: str = HERE) -> Session:
    return site.people.back_by_pin(site.person.id, pin, "desk", bound)


def badged(site: Site, badge: str = "0004711815", bound: str = HERE) -> Session:
    return site.people.back_by_badge(badge, "desk", bound)
