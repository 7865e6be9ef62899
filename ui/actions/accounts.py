"""What administrators do about accounts."""

from collections.abc import Sequence

from cityops_desktop.link.acts import (
    Absent,
    ChangeAccount,
    CreateAccount,
    EnableAccount,
    EndAbsence,
    ResetFactor,
    ResetPassword,
    UnlockAccount,
)
from cityops_desktop.model.people import Role
from ui.link import Link, OnResult


def create(
    link: Link,
    *,
    name: str,
    display: str,
    password: str,
    roles: Sequence[Role] = (),
    expires: int | None = None,
    on_result: OnResult,
) -> None:
    """A new account; its password is temporary: the person makes another at the first log-in."""
    act = CreateAccount(name=name, display=display, password=password, roles=list(roles), expires=expires, temporary=True)
    link.command(act, on_result)


def change(link: Link, *, account: str, display: str, expires: int | None, on_result: OnResult) -> None:
    """Another name to show, another end."""
    link.command(ChangeAccount(account=account, display=display, expires=expires), on_result)


def enable(link: Link, *, account: str, enabled: bool, why: str, on_result: OnResult) -> None:
    """Out of use, or back."""
    link.command(EnableAccount(account=account, enabled=enabled, why=why), on_result)


def unlock(link: Link, *, account: str, on_result: OnResult) -> None:
    """The way back from a lock-out."""
    link.command(UnlockAccount(account=account), on_result)


def reset_password(link: Link, *, account: str, password: str, on_result: OnResult) -> None:
    """A temporary password for somebody who forgot."""
    link.command(ResetPassword(account=account, password=password), on_result)


def reset_factor(link: Link, *, account: str, why: str, on_result: OnResult) -> None:
    """Somebody lost the second factor."""
    link.command(ResetFactor(account=account, why=why), on_result)


def absent(link: Link, *, account: str, begins: int, ends: int, why: str, on_result: OnResult) -> None:
    """On leave in that time."""
    link.command(Absent(account=account, begins=begins, ends=ends, why=why), on_result)


def end_absence(link: Link, *, absence: str, on_result: OnResult) -> None:
    """Back from leave, or not gone at all."""
    link.command(EndAbsence(absence=absence), on_result)
