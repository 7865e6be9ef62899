"""Questions about people: who there is, oneself, the rights, the conformity list. Each is checked; what a person may not see is empty.

Used from the station's event loop; the store is read in worker threads. Whatever is refused is recorded.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy import Connection, select

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.people import (
    AbsenceInfo,
    AccountInfo,
    ConformityItem,
    ConformityPage,
    ConsoleInfo,
    FactorInfo,
    GrantInfo,
    OpenSession,
    OwnPage,
    PeoplePage,
    RightsPage,
    RuleInfo,
    StaffEntry,
)
from cityops_desktop.model.people import Preset, Who
from cityops_desktop.people import accounts, conformity, evidence, factors, grants, last, rights, rules, sessions, staff
from cityops_desktop.people.accounts import Account
from cityops_desktop.people.people import People
from cityops_desktop.people.sessions import Open
from cityops_desktop.station.asking import may_ask
from cityops_desktop.station.refusals import Refusals
from cityops_desktop.store.schema import console

T = TypeVar("T")
DAY_MS = 86_400_000


class StationPeople:
    """Implements cityops_desktop.link.people_api.PeopleDesk. `fingerprint` tells the station's TLS certificate."""

    def __init__(self, people: People, refusals: Refusals, fingerprint: Callable[[], str]) -> None:
        self._people = people
        self._refusals = refusals
        self._fingerprint = fingerprint

    async def people(self, credentials: Credentials) -> PeoplePage:
        """All about people, as far as the asking person may see it."""
        return await self._answer("people.read", credentials, self._people_page)

    async def own(self, credentials: Credentials) -> OwnPage:
        """All about oneself."""
        return await self._answer("own.read", credentials, self._own_page)

    async def rights(self, preset: Preset | None, credentials: Credentials) -> RightsPage:
        """The matrix."""
        return await self._answer("own.read", credentials, lambda _conn, _who: rights_page(preset or self._people.policy.preset))

    async def conformity(self, credentials: Credentials) -> ConformityPage:
        """The conformity list."""
        domain = self._people.domain
        return await self._answer("people.read", credentials, lambda conn, who: conformity_page(conn, domain, who.time))

    async def _answer(self, kind: str, credentials: Credentials, ask: Callable[[Connection, Who], T]) -> T:
        who = await may_ask(self._people, self._refusals, kind, credentials)
        return await asyncio.to_thread(self._people.read, lambda conn: ask(conn, who))

    def _people_page(self, conn: Connection, who: Who) -> PeoplePage:
        may = self._allowed(who)
        logins = last.logins(conn)
        return PeoplePage(
            now=who.time,
            domain=self._people.domain,
            preset=self._people.policy.preset,
            accounts=[
                self._account(conn, one, logins.get(one.person.id), who.time)
                for one in accounts.everybody(conn, self._people.domain, who.time)
            ],
            sessions=self._sessions(sessions.open_sessions(conn, who.time)) if may("session.revoke") else [],
            consoles=_consoles(conn) if may("console.revoke") else [],
            staff=_staff(staff.lines(conn)) if may("staff.read") else [],
            rules=_rules(conn, who, readers=may("staff.read")),
            fingerprint=self._fingerprint(),
        )

    def _own_page(self, conn: Connection, who: Who) -> OwnPage:
        found = accounts.by_id(conn, who.person.id, self._people.domain, who.time)
        assert found is not None
        policy = self._people.policy
        return OwnPage(
            now=who.time,
            account=self._account(conn, found, last.login(conn, who.person.id), who.time),
            rights=rights.rights(who.person.roles, policy.preset),
            sessions=self._sessions(sessions.open_sessions(conn, who.time, who.person.id)),
            staff=_staff(staff.lines(conn, who.person.id)),
            rules=_rules(conn, who, readers=False),
            last_shift=last.shift(conn, who.person.id, who.session),
            password_days=_password_days(found.row["password_set"], policy.password_days, who.time),
        )

    def _allowed(self, who: Who) -> Callable[[str], bool]:
        return lambda kind: rights.allowed(kind, who.person.roles, self._people.policy.preset)

    def _sessions(self, found: list[Open]) -> list[OpenSession]:
        return [
            OpenSession(
                id=one.id,
                account=one.account,
                display=one.display,
                console=one.console,
                way=one.way,
                limited=one.limited,
                opened=one.opened,
                expires=one.expires,
                idle=self._people.attention.idle(one.id),
                tried_elsewhere=self._people.attention.elsewhere(one.id),
            )
            for one in found
        ]

    def _account(self, conn: Connection, one: Account, last_login: int | None, time: int) -> AccountInfo:
        row = one.row
        return AccountInfo(
            id=row["id"],
            name=row["name"],
            display=row["display"],
            enabled=row["enabled"],
            created=row["created"],
            expires=row["expires"],
            locked_until=row["locked_until"],
            password_set=row["password_set"],
            must_change=row["must_change"],
            has_pin=row["pin"] is not None,
            has_badge=row["badge"] is not None,
            last_login=last_login,
            grants=[_grant(grant, self._people.domain, time) for grant in grants.held(conn, time, row["id"])],
            absences=[
                AbsenceInfo(id=leave["id"], begins=leave["begins"], ends=leave["ends"], why=leave["why"])
                for leave in grants.absences(conn, time, row["id"])
            ],
            factors=[_factor(factor) for factor in factors.of(conn, row["id"]) if factor["confirmed"] is not None],
        )


def rights_page(preset: Preset) -> RightsPage:
    """The matrix of a preset."""
    return RightsPage(
        preset=preset,
        matrix={kind: sorted(roles) for kind, roles in rights.MATRIX[preset].items()},
        two_persons=sorted(rights.TWO_PERSONS[preset]),
        without_person=sorted(rights.WITHOUT_PERSON),
        quick=sorted(rights.QUICK),
    )


def conformity_page(conn: Connection, domain: str, time: int) -> ConformityPage:
    """The conformity list of what the store holds."""
    facts = evidence.facts(conn, domain, time)
    items = [ConformityItem(code=item.code, state=item.state.value, evidence=dict(item.evidence)) for item in conformity.judged(facts)]
    return ConformityPage(now=time, preset=facts.policy.preset, items=items)


def _grant(grant: Mapping[str, Any], domain: str, time: int) -> GrantInfo:
    here = grants.here(grant, domain, time)
    return GrantInfo(id=grant["id"], role=grant["role"], domain=grant["domain"], begins=grant["begins"], ends=grant["ends"], here=here)


def _factor(row: Mapping[str, Any]) -> FactorInfo:
    return FactorInfo(
        id=row["id"], kind=row["kind"], name=row["name"], created=row["created"], used=factors.used_at(row), left=factors.codes_left(row)
    )


def _staff(found: list[Mapping[str, Any]]) -> list[StaffEntry]:
    return [StaffEntry(**row) for row in found]


def _rules(conn: Connection, who: Who, *, readers: bool) -> list[RuleInfo]:
    told = []
    for row in rules.newest(conn):
        read = rules.readers(conn, row["id"])
        told.append(
            RuleInfo(
                id=row["id"],
                code=row["code"],
                version=row["version"],
                title=row["title"],
                text=row["text"],
                published=row["published"],
                actor_name=row["actor_name"] or row["actor"],
                retired=row["retired"],
                read=read.get(who.person.id),
                readers=read if readers else {},
            )
        )
    return told


def _consoles(conn: Connection) -> list[ConsoleInfo]:
    columns = (console.c.id, console.c.name, console.c.created, console.c.paired, console.c.expires, console.c.revoked)
    return [ConsoleInfo(**row) for row in conn.execute(select(*columns).order_by(console.c.created)).mappings()]


def _password_days(since: int, days: int, time: int) -> int | None:
    """Days until the password must be changed; None = never."""
    return None if days == 0 else max(0, days - (time - since) // DAY_MS)
