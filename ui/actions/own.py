"""What people do about their own account."""

from typing import Literal

from cityops_desktop.link.acts import AcknowledgeRule, BeginFactor, ConfirmFactor, EndFactor, OwnBadge, OwnPassword, OwnPin
from ui.link import Link, OnResult


def password(link: Link, *, old: str, new: str, on_result: OnResult) -> None:
    """Another password."""
    link.command(OwnPassword(old=old, new=new), on_result)


def pin(link: Link, *, password: str, pin: str, on_result: OnResult) -> None:
    """A PIN for coming back quickly, "" takes it away."""
    link.command(OwnPin(password=password, pin=pin), on_result)


def badge(link: Link, *, password: str, badge: str, on_result: OnResult) -> None:
    """A badge for coming back quickly, "" takes it away."""
    link.command(OwnBadge(password=password, badge=badge), on_result)


def begin_factor(link: Link, *, password: str, factor: Literal["totp", "authenticator", "fido2"], name: str, on_result: OnResult) -> None:
    """Begin to enrol; the result's data holds the secret."""
    link.command(BeginFactor(password=password, factor=factor, name=name), on_result)


def confirm_factor(link: Link, *, factor: str, code: str, on_result: OnResult) -> None:
    """Prove that it works; the first one brings recovery codes."""
    link.command(ConfirmFactor(factor=factor, code=code), on_result)


def end_factor(link: Link, *, password: str, factor: str, on_result: OnResult) -> None:
    """Give a factor up."""
    link.command(EndFactor(password=password, factor=factor), on_result)


def acknowledge_rule(link: Link, *, rule: str, on_result: OnResult) -> None:
    """I have read this version and follow it."""
    link.command(AcknowledgeRule(rule=rule), on_result)
