"""What a person orders equipment to do."""

from cityops_desktop.link.acts import WritePoint
from ui.link import Link, OnResult

WAIT_MS = 15_000
"""A device is read, written and read back, and may need seconds for each."""


def write_point(link: Link, *, point: str, value: float, reason: str, on_result: OnResult) -> None:
    """Write this value to this point, once."""
    link.command(WritePoint(point=point, value=value, reason=reason), on_result, WAIT_MS)
