"""What administrators do about rights."""

from cityops_desktop.link.acts import GrantRole, RevokeRole
from cityops_desktop.model.people import Role
from ui.link import Link, OnResult


def grant(link: Link, *, account: str, role: Role, domain: str, ends: int | None, on_result: OnResult) -> None:
    """A role in a domain, "" = everywhere."""
    link.command(GrantRole(account=account, role=role, domain=domain, ends=ends), on_result)


def revoke(link: Link, *, grant: str, on_result: OnResult) -> None:
    """Take a granted role away."""
    link.command(RevokeRole(grant=grant), on_result)
