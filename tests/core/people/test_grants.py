"""Domains, expiry and leave, for any grants: compared with what the words say, by a model of a few lines."""

from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine

from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Preset, Role
from cityops_desktop.people import accounts, grants, rights
from cityops_desktop.store.schema import absence, account, metadata, role_grant, setting

NAMES = st.sampled_from(["", "c", "c/d", "c/d/s", "c/d/s/r1", "c/d/s/r10", "c/e", "d", "c/d/s/r1/x"])
TIMES = st.integers(0, 20)
ENDS = st.one_of(st.none(), TIMES)
ROLES = st.sampled_from(list(Role))
GRANTS = st.lists(st.tuples(ROLES, NAMES, TIMES, ENDS, ENDS), max_size=6)
LEAVE = st.lists(st.tuples(TIMES, TIMES, ENDS), max_size=3)


def place(conn: Connection, who: str, given_: list, leave: list, *, enabled: bool = True, expires: int | None = None) -> None:
    """An account with these grants and this leave, as rows."""
    row = {"id": who, "name": who, "name_key": who, "display": who, "password": "", "password_set": 0, "must_change": False}
    conn.execute(account.insert().values(**row, enabled=enabled, expires=expires, created=0))
    for role, domain, begins, ends, revoked in given_:
        values = {"id": uuid7(0), "account": who, "role": role.value, "domain": domain, "begins": begins}
        conn.execute(role_grant.insert().values(**values, ends=ends, revoked=revoked))
    for begins, ends, cancelled in leave:
        conn.execute(absence.insert().values(id=uuid7(0), account=who, begins=begins, ends=ends, why="", cancelled=cancelled))


@contextmanager
def fresh() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    metadata.create_all(engine, [account, role_grant, absence, setting])
    with engine.connect() as conn:
        yield conn
    engine.dispose()


def parts(domain: str) -> list[str]:
    return domain.split("/") if domain else []


@given(NAMES, NAMES)
def test_a_right_reaches_its_domain_and_all_below(granted: str, domain: str) -> None:
    assert grants.covers(granted, domain) is (parts(domain)[: len(parts(granted))] == parts(granted))


@settings(max_examples=60)
@given(GRANTS, LEAVE, TIMES, NAMES, st.booleans(), ENDS)
def test_roles_count_in_their_time_and_place(given_: list, leave: list, now: int, domain: str, enabled: bool, expires: int | None) -> None:
    with fresh() as conn:
        place(conn, "a", given_, leave, enabled=enabled, expires=expires)
        counting = {
            role
            for role, where, begins, ends, revoked in given_
            if revoked is None and begins <= now and (ends is None or now < ends) and grants.covers(where, domain)
        }
        assert grants.roles_of(conn, "a", domain, now) == counting
        away = any(cancelled is None and begins <= now < ends for begins, ends, cancelled in leave)
        assert grants.away(conn, "a", now) is away
        found = accounts.by_id(conn, "a", domain, now)
        assert found is not None and found.person.roles == counting
        assert accounts.usable(conn, found, now) is (enabled and not away and (expires is None or now < expires))


@given(st.sets(ROLES), st.sampled_from(list(Preset)))
def test_no_set_of_roles_may_more_than_its_roles(held: set[Role], preset: Preset) -> None:
    for kind, roles in rights.MATRIX[preset].items():
        assert rights.allowed(kind, held, preset) is any(role in roles for role in held)


@settings(max_examples=40)
@given(st.lists(st.tuples(GRANTS, LEAVE, st.booleans(), ENDS), min_size=1, max_size=3), TIMES, st.integers(0, 2))
def test_taking_an_account_away_is_refused_exactly_when_nobody_is_left(people: list, now: int, chosen: int) -> None:
    domain = "c/d/s/r1"
    with fresh() as conn:
        for number, (given_, leave, enabled, expires) in enumerate(people):
            place(conn, str(number), given_, leave, enabled=enabled, expires=expires)
        gone = str(chosen % len(people))

        def keepers(without: str = "") -> set[tuple[Role, int | str]]:
            found: set[tuple[Role, int | str]] = set()
            for moment in {now, *(leave["begins"] for leave in grants.absences(conn, now) if leave["begins"] > now)}:
                for one in accounts.everybody(conn, domain, moment):
                    if one.person.id != without and accounts.usable(conn, one, moment):
                        found |= {(role, moment) for role in one.person.roles}
            for one in accounts.everybody(conn, domain, now):
                if one.person.id != without and one.person.enabled and one.row["expires"] is None:
                    here = [grant for grant in grants.held(conn, now, one.person.id) if grants.here(grant, domain, now)]
                    found |= {(Role(grant["role"]), "lasting") for grant in here if grant["ends"] is None}
            return {(role, how) for role, how in found if role in accounts.KEEPERS}

        lost = keepers() - keepers(gone)
        try:
            with accounts.keepers_kept(conn, domain, now):
                conn.execute(account.update().where(account.c.id == gone).values(enabled=False))
            refused = False
        except accounts.Refused as error:
            assert error.code == "last_administrator"
            refused = True
        assert refused is bool(lost)
