"""What the preset of level 3 keeps apart, to be said before somebody tries. The station decides (its rights matrix holds the same)."""

from collections.abc import Iterable

from cityops_desktop.link.people import AccountInfo
from cityops_desktop.model.people import Preset, Role
from cityops_desktop.sentences import ROLES
from cityops_desktop.texts import tr
from ui.widgets.peoplerows import roles_text

APART = (
    frozenset({Role.ADMINISTRATOR}),
    frozenset({Role.SECURITY_ADMINISTRATOR}),
    frozenset({Role.AUDITOR}),
    frozenset({Role.DUTY, Role.SHIFT_LEADER, Role.ENGINEER}),
)
"""Roles of one of these groups only lie with one person; viewer goes with all."""


def apart_words(preset: Preset) -> str:
    """The rule in words; "" where there is none."""
    if preset is Preset.BASIC:
        return ""
    groups = "  |  ".join(roles_text(group) for group in APART)
    return tr("Kept apart, one group for one person: {groups}", groups=groups)


def clash_words(preset: Preset, account: AccountInfo, role: Role) -> str:
    """Why the station will refuse this role for this person; "" = nothing known."""
    held = {one.role for one in account.grants}
    if role in held:
        return ""
    if preset is Preset.BASIC or _together([*held, role]):
        return ""
    words = {"name": account.display, "held": roles_text(held - {Role.VIEWER}), "role": tr(ROLES[role])}
    return tr("{name} is {held}: the role {role} must lie with another person.", **words)


def _together(roles: Iterable[Role]) -> bool:
    held = frozenset(roles) - {Role.VIEWER}
    return any(held <= group for group in APART)
