"""What is done about reports, serious problems and evaluations: the page makes the message, this sends it."""

from cityops_desktop.link.duty.reports import ReportsAct
from ui.link import Link, OnResult


def give(link: Link, *, act: ReportsAct, on_result: OnResult) -> None:
    """Send one of the acts report.*, problem.report or evaluation.*."""
    link.command(act, on_result)
