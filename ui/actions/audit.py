"""What people do about the change log. Nothing in it can be changed."""

from typing import Literal

from cityops_desktop.link.acts import Anchor, VerifyAudit
from ui.link import Link, OnResult


def verify(link: Link, *, on_result: OnResult) -> None:
    """Verify all of it now."""
    link.command(VerifyAudit(), on_result)


def anchor(link: Link, *, seq: int, hash: str, medium: Literal["paper", "file"], on_result: OnResult) -> None:
    """This head was signed by hand and filed, or is kept elsewhere as a file."""
    link.command(Anchor(seq=seq, hash=hash, medium=medium), on_result)
