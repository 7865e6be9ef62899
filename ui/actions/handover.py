"""What is done about handovers, open matters and the stock: the tab makes the message, this sends it."""

from cityops_desktop.link.duty.handover import HandoverAct
from ui.link import Link, OnResult


def give(link: Link, *, act: HandoverAct, on_result: OnResult) -> None:
    """Send one of the acts handover.* or stock.*."""
    link.command(act, on_result)
