"""Coming and going of people: log in, come back by PIN or badge, stay, log out, first start. The rights are people/'s; HTTP is link/'s.

Used from the station's event loop; hashing and the store are left to worker threads. Whatever is refused is recorded.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import TypeVar

from cityops_desktop.link.credentials import LOCAL, Credentials, bound_to
from cityops_desktop.link.people import Login, PersonInfo, QuickLogin, QuickPerson, SessionInfo, Setup
from cityops_desktop.model.people import Person, Role
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import names
from cityops_desktop.people.first import Newcomer
from cityops_desktop.people.people import People
from cityops_desktop.people.quick import WRONG_PINS
from cityops_desktop.people.rights import allowed_in, rights
from cityops_desktop.people.sessions import Session, idle_limit
from cityops_desktop.station.info import person_info
from cityops_desktop.station.refusals import Refusals

T = TypeVar("T")

SILENT = ("busy", "not_recorded", "not_logged_in", "second_factor_required")
"""Answers that are no refusal of a person: the record does not tell of them."""


class StationEntrance:
    """Implements cityops_desktop.link.entrance.Entrance. `set_up` is called when the first accounts have been made."""

    def __init__(self, people: People, refusals: Refusals, hashing: Executor, set_up: Callable[[], None]) -> None:
        self._people = people
        self._refusals = refusals
        self._hashing = hashing
        self._set_up = set_up

    async def login(self, login: Login, credentials: Credentials) -> SessionInfo:
        """A session for a person at a console."""
        ask = partial(self._people.login, login.name, login.password, login.console, credentials.bound, login.code)
        return self._session_info(await self._recorded("session.open", login.console, credentials, ask, self._hashing))

    async def quick_login(self, login: QuickLogin, credentials: Credentials) -> SessionInfo:
        """A short session for somebody who logged in here before."""
        ask = partial(self._back, login, credentials)
        return self._session_info(await self._recorded("session.quick", login.console, credentials, ask, self._hashing))

    async def quick_people(self, credentials: Credentials) -> list[QuickPerson]:
        """Who may come back at this console by PIN or badge."""
        if nameless(credentials):
            return []
        found = await self._blocking(partial(self._people.here, credentials.bound))
        told = [
            QuickPerson(
                id=one.id,
                name=one.name,
                display=one.display,
                pin=one.pin is not None and one.wrong < WRONG_PINS,
                badge=one.badge is not None,
                until=one.until,
            )
            for one in found
        ]
        return [one for one in told if one.pin or one.badge]

    async def touch(self, credentials: Credentials) -> None:
        """The person of this session is still there."""
        await self._recorded("session.touch", "", credentials, partial(self._people.touch, credentials.session, credentials.bound))

    async def logout(self, credentials: Credentials) -> None:
        """End a session."""
        await self._blocking(partial(self._people.logout, credentials.session or "", credentials.bound))

    async def setup(self, setup: Setup, credentials: Credentials) -> list[PersonInfo]:
        """The first accounts."""
        ask = partial(self._first, setup, credentials)
        made = await self._recorded("setup", "", credentials, ask, self._hashing)
        self._set_up()
        return [person_info(person) for person in made]

    def _first(self, setup: Setup, credentials: Credentials) -> list[Person]:
        if credentials.via != LOCAL:
            raise Refused("local_only")
        sent = {
            Role.ADMINISTRATOR: setup.administrator,
            Role.SECURITY_ADMINISTRATOR: setup.security_administrator,
            Role.AUDITOR: setup.auditor,
        }
        given = {role: Newcomer(one.name, one.display, one.password) for role, one in sent.items() if one is not None}
        return self._people.set_up(setup.preset, given)

    def _back(self, login: QuickLogin, credentials: Credentials) -> Session:
        if nameless(credentials):
            raise Refused("quick_ended")
        if login.badge:
            return self._people.back_by_badge(login.badge, login.console, credentials.bound)
        return self._people.back_by_pin(login.account, login.pin, login.console, credentials.bound)

    async def _recorded(
        self, kind: str, console: str, credentials: Credentials, ask: Callable[[], T], executor: Executor | None = None
    ) -> T:
        """What was asked; a refusal is recorded with the console, as it names itself, and never with what was typed."""
        try:
            return await self._blocking(ask, executor)
        except Refused as error:
            if error.code not in SILENT:
                where = names.clean(console) if console and error.code != "bad_request" else credentials.via
                self._refusals.refused(error.code, kind=kind, actor=f"console:{credentials.via}", console=where, **error.about)
            raise

    async def _blocking(self, ask: Callable[[], T], executor: Executor | None = None) -> T:
        return await asyncio.get_running_loop().run_in_executor(executor, ask)

    def _session_info(self, session: Session) -> SessionInfo:
        policy = self._people.policy
        held = rights(session.person.roles, policy.preset)
        return SessionInfo(
            token=session.token,
            id=session.id,
            person=person_info(session.person),
            way=session.way,
            limited=session.limited,
            expires=session.expires,
            idle_seconds=idle_limit(session.way, policy),
            rights=[kind for kind in held if allowed_in(kind, session.way, session.limited)],
        )


def nameless(credentials: Credentials) -> bool:
    """Has this console no secret of its own? Then nothing tells it from another one."""
    return credentials.bound == bound_to(credentials.via, "")
