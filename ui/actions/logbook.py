"""What is done about the log book and about files that are attached: the dialog makes the message, this sends it."""

import base64

from cityops_desktop.link.acts import AnyAct
from cityops_desktop.link.duty.attachments import AddAttachment
from ui.link import Link, OnResult

UPLOAD_MS = 45_000
"""Two megabytes over a slow line."""


def give(link: Link, *, act: AnyAct, on_result: OnResult) -> None:
    """Send one of the acts logbook.*."""
    link.command(act, on_result)


def attach(link: Link, *, id: str, about: str, name: str, data: bytes, on_result: OnResult) -> None:
    """Attach a file; the same one again is the same."""
    act = AddAttachment(id=id, about=about, name=name, content=base64.b64encode(data).decode("ascii"))
    link.command(act, on_result, wait_ms=UPLOAD_MS)
