"""What people do about sessions, and about the consoles of other machines."""

from cityops_desktop.link.acts import EndSession, PairConsole, RevokeConsole, RevokeSession
from ui.link import Link, OnResult


def revoke(link: Link, *, session: str, on_result: OnResult) -> None:
    """End somebody's session."""
    link.command(RevokeSession(session=session), on_result)


def end_own(link: Link, *, session: str, on_result: OnResult) -> None:
    """End another session of one's own."""
    link.command(EndSession(session=session), on_result)


def pair(link: Link, *, name: str, on_result: OnResult) -> None:
    """Let a remote console in; the result's data holds the line to type there."""
    link.command(PairConsole(name=name), on_result)


def revoke_console(link: Link, *, console: str, on_result: OnResult) -> None:
    """Let a remote console in no more."""
    link.command(RevokeConsole(console=console), on_result)
