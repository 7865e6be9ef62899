"""What is done about patrols: the page makes the message, this sends it."""

from cityops_desktop.link.acts import AnyAct
from ui.link import Link, OnResult


def give(link: Link, *, act: AnyAct, on_result: OnResult) -> None:
    """Send one of the acts patrol.*, or a picture that belongs to a round."""
    link.command(act, on_result)
