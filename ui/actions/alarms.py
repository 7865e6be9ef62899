"""What a person does about alarms."""

from collections.abc import Sequence

from cityops_desktop.link.acts import Acknowledge, Silence
from ui.link import Link, OnResult


def acknowledge(link: Link, *, alarms: Sequence[str], on_result: OnResult) -> None:
    """Acknowledge these occurrences as the person logged in."""
    link.command(Acknowledge(alarms=list(alarms)), on_result)


def silence(link: Link, *, on_result: OnResult) -> None:
    """Silence the sounds for two minutes; needs no login."""
    link.command(Silence(console=link.console), on_result)
