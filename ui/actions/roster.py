"""What is done about the roster: the page makes the message, this sends it."""

from cityops_desktop.link.duty.roster import RosterAct
from ui.link import Link, OnResult


def give(link: Link, *, act: RosterAct, on_result: OnResult) -> None:
    """Send one of the acts duty.*."""
    link.command(act, on_result)
