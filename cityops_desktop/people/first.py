"""The first start: the first accounts and the preset, in one transaction, once. Hashes passwords: for worker threads."""

from collections.abc import Mapping
from itertools import combinations
from typing import NamedTuple

from sqlalchemy import Connection

from cityops_desktop.model.people import Person, Preset, Role
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import accounts, names, passwords, policy

NEEDED: Mapping[Preset, tuple[Role, ...]] = {
    Preset.BASIC: (Role.ADMINISTRATOR,),
    Preset.MLPS3: (Role.ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR),
}
"""Who must be there from the beginning."""


class Newcomer(NamedTuple):
    """Somebody of the first start, as typed."""

    name: str
    display: str
    password: str


class First(NamedTuple):
    """The first start, checked and hashed: what `carry_out` writes."""

    preset: Preset
    people: Mapping[Role, Newcomer]


def prepared(preset: Preset, given: Mapping[Role, Newcomer]) -> First:
    """Refused: three_persons, weak_password, name_in_password, bad_request."""
    wanted = NEEDED[preset]
    if set(given) != set(wanted):
        raise Refused("three_persons" if preset is Preset.MLPS3 else "bad_request", detail="the preset basic begins with one administrator")
    people = {role: given[role]._replace(name=names.clean(given[role].name), display=names.clean(given[role].display)) for role in wanted}
    for one, other in combinations(people.values(), 2):
        if names.key(one.name) == names.key(other.name) or one.display == other.display or one.password == other.password:
            raise Refused("three_persons")
    for one in people.values():
        passwords.require(one.password, one.name, policy.POLICIES[preset])
    return First(preset, {role: one._replace(password=passwords.hashed(one.password)) for role, one in people.items()})


def carry_out(conn: Connection, first: First, domain: str, time: int) -> list[Person]:
    """Make them. Refused(setup_done) when there is an account."""
    if accounts.exist(conn):
        raise Refused("setup_done")
    made = [
        accounts.add(conn, name=one.name, display=one.display, password=one.password, roles=(role,), domain=domain, actor=None, time=time)
        for role, one in first.people.items()
    ]
    policy.put(conn, first.preset, actor=made[0].id, time=time)
    return made
