"""What level 3 of GB/T 22239 asks of a room's monitoring (identity, access, audit, 8.1.4), judged item by item. Pure; knows no store.

Figures: the standard names none but the retention (Cybersecurity Law: half a year); those of the passwords and the log-in are usual in
its assessments (people/policy.py). What stands outside of the program is `not_known`, with what to look at in the item's sentence.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from cityops_desktop.people.policy import Policy

HALF_YEAR_DAYS = 183
REVIEW_DAYS = 31
USUAL_LENGTH, USUAL_CLASSES, USUAL_DAYS, USUAL_TRIES = 8, 3, 90, 5
USUAL_LOCK, USUAL_IDLE = 600, 1800

NEVER = -1
"""Days since, or until, what has never been or will never be."""

Evidence = Mapping[str, str | int | float]


class State(StrEnum):
    """MET, NOT_MET: by the facts; NOT_KNOWN: somebody must look."""

    MET = "met"
    NOT_MET = "not_met"
    NOT_KNOWN = "not_known"


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found in the store. Accounts count while they are enabled and not expired; `names` tell whose they are."""

    policy: Policy
    accounts: int
    old_passwords: tuple[str, ...]
    without_factor: tuple[str, ...]
    unused: tuple[str, ...]
    mixed: tuple[str, ...]
    """Who holds roles that must lie with different persons."""
    idle_rights: tuple[str, ...]
    """Accounts without a role that is valid here."""
    administrators: int
    security_administrators: int
    auditors: int
    remote_consoles: int
    changes: int
    refusals: int
    first_change: int | None
    """UTC ms of the oldest row of the log."""
    anchors: int
    last_anchor: int | None
    last_review: int | None
    """When the log was last read through by an auditor: verified, exported or anchored by a person (UTC ms)."""
    heads: int
    deleted: int
    """Rows of the log that are no longer there at its beginning."""
    time: int


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is asked; `code` names its sentence (sentences.CONFORMITY), `evidence` fills it."""

    code: str
    state: State
    evidence: Evidence


def judged(facts: Facts) -> list[Item]:
    """Every item, in the order of the standard."""
    return [_item(code, *judge(facts)) for code, judge in ITEMS.items()]


def _item(code: str, state: State, evidence: Evidence) -> Item:
    """An item whose figure is `NEVER` has a sentence of its own."""
    never = any(value == NEVER for value in evidence.values())
    return Item(f"{code}_never" if never else code, state, evidence)


Judge = Callable[[Facts], tuple[State, Evidence]]


def _met(is_so: bool, **evidence: str | int | float) -> tuple[State, Evidence]:
    return (State.MET if is_so else State.NOT_MET), evidence


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "-"


def _days(since: int | None, now: int) -> int:
    return NEVER if since is None else (now - since) // 86_400_000


def _unique(facts: Facts) -> tuple[State, Evidence]:
    return _met(facts.accounts > 0, accounts=facts.accounts)


def _complexity(facts: Facts) -> tuple[State, Evidence]:
    policy = facts.policy
    enough = policy.password_length >= USUAL_LENGTH and policy.password_classes >= USUAL_CLASSES
    return _met(enough, length=policy.password_length, classes=policy.password_classes)


def _change(facts: Facts) -> tuple[State, Evidence]:
    days = facts.policy.password_days or NEVER
    return _met(0 < days <= USUAL_DAYS and not facts.old_passwords, days=days, old=_listed(facts.old_passwords))


def _failed(facts: Facts) -> tuple[State, Evidence]:
    policy = facts.policy
    enough = 0 < policy.tries <= USUAL_TRIES and policy.lock_seconds >= USUAL_LOCK
    return _met(enough, tries=policy.tries, minutes=policy.lock_seconds // 60)


def _idle(facts: Facts) -> tuple[State, Evidence]:
    return _met(0 < facts.policy.idle_seconds <= USUAL_IDLE, minutes=facts.policy.idle_seconds // 60)


def _no_clear_text(facts: Facts) -> tuple[State, Evidence]:
    return State.MET, {"consoles": facts.remote_consoles}


def _two_factors(facts: Facts) -> tuple[State, Evidence]:
    have = facts.accounts - len(facts.without_factor)
    return _met(
        facts.policy.second_factor and not facts.without_factor, have=have, accounts=facts.accounts, lack=_listed(facts.without_factor)
    )


def _no_defaults(facts: Facts) -> tuple[State, Evidence]:
    return State.MET, {"accounts": facts.accounts}


def _unused(facts: Facts) -> tuple[State, Evidence]:
    idle = tuple(dict.fromkeys((*facts.unused, *facts.idle_rights)))
    return _met(not idle, days=facts.policy.unused_days or USUAL_DAYS, unused=_listed(idle))


def _least(facts: Facts) -> tuple[State, Evidence]:
    return _met(not facts.mixed, mixed=_listed(facts.mixed))


def _three(facts: Facts) -> tuple[State, Evidence]:
    counts = {"administrators": facts.administrators, "security": facts.security_administrators, "auditors": facts.auditors}
    return _met(all(counts.values()) and not facts.mixed, **counts)


def _audited(facts: Facts) -> tuple[State, Evidence]:
    return _met(facts.changes > 0, rows=facts.changes, refusals=facts.refusals)


def _protected(facts: Facts) -> tuple[State, Evidence]:
    age = _days(facts.last_anchor, facts.time)
    return _met(0 <= age <= REVIEW_DAYS, heads=facts.heads, anchors=facts.anchors, age=age)


def _kept(facts: Facts) -> tuple[State, Evidence]:
    days = max(0, _days(facts.first_change, facts.time))
    return _met(facts.deleted == 0 or days >= HALF_YEAR_DAYS, days=days, deleted=facts.deleted, asked=HALF_YEAR_DAYS)


def _reviewed(facts: Facts) -> tuple[State, Evidence]:
    age = _days(facts.last_review, facts.time)
    return _met(0 <= age <= REVIEW_DAYS, age=age, most=REVIEW_DAYS)


def _look(_facts: Facts) -> tuple[State, Evidence]:
    return State.NOT_KNOWN, {}


ITEMS: Mapping[str, Judge] = {
    "identity_unique": _unique,
    "password_complexity": _complexity,
    "password_change": _change,
    "login_failures": _failed,
    "login_timeout": _idle,
    "no_clear_text": _no_clear_text,
    "two_factors": _two_factors,
    "no_default_accounts": _no_defaults,
    "no_unused_accounts": _unused,
    "least_privilege": _least,
    "three_administrators": _three,
    "audit_everybody": _audited,
    "audit_protected": _protected,
    "audit_kept": _kept,
    "audit_reviewed": _reviewed,
    "audit_process": _look,
    "clock_source": _look,
    "system_accounts": _look,
    "malware": _look,
    "backup": _look,
    "room_access": _look,
    "room_protection": _look,
}
