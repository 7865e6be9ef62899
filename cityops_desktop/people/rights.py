"""The rights matrix as data: which role may do what. Looking needs no right beyond the console's token."""

from collections.abc import Iterable, Mapping

from cityops_desktop.model.people import Role

MATRIX: Mapping[str, frozenset[Role]] = {
    "alarm.acknowledge": frozenset({Role.DUTY, Role.SHIFT_LEADER, Role.ENGINEER}),
    "alarm.silence": frozenset(Role),
    "account.create": frozenset({Role.ADMINISTRATOR}),
}
"""Kinds of commands and who may give them. A kind that is not named here is nobody's right."""

WITHOUT_PERSON = frozenset({"alarm.silence"})
"""Acts that need no session: the horn can be silenced by whoever stands at the console, which is recorded with the console."""


def allowed(kind: str, roles: Iterable[Role]) -> bool:
    """May somebody with these roles give this command?"""
    return not MATRIX.get(kind, frozenset()).isdisjoint(roles)


def rights(roles: Iterable[Role]) -> list[str]:
    """Every kind of command that these roles may give, sorted."""
    held = frozenset(roles)
    return sorted(kind for kind in MATRIX if allowed(kind, held))
