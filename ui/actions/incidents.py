"""What is done about warnings, incidents, plans, contacts and drills: the page makes the message, this sends it."""

from cityops_desktop.link.acts import AnyAct
from ui.link import Link, OnResult


def give(link: Link, *, act: AnyAct, on_result: OnResult) -> None:
    """Send one of the acts warning.*, incident.*, plan.*, contact.* or drill.*."""
    link.command(act, on_result)
