"""What a person keeps of the trends: views, and notes on what was seen."""

from collections.abc import Sequence

from cityops_desktop.link.acts import AddNote, DeleteView, SaveView, ShareView, WithdrawNote
from cityops_desktop.link.trends import ViewContent
from cityops_desktop.model.people import Role
from ui.link import Link, OnResult

RECKONING_MS = 20_000
"""The station reads every sample of a note's span before it answers."""


def save_view(link: Link, *, id: str, name: str, content: ViewContent, replace: bool, on_result: OnResult) -> None:
    """Keep a view; `id` "" = a new one, `replace` = another one of this name goes."""
    link.command(SaveView(id=id, name=name, content=content, replace=replace), on_result)


def delete_view(link: Link, *, view: str, on_result: OnResult) -> None:
    """A view that is not wanted any more."""
    link.command(DeleteView(view=view), on_result)


def share_view(link: Link, *, view: str, roles: Sequence[Role], on_result: OnResult) -> None:
    """With everybody who has one of these roles."""
    link.command(ShareView(view=view, roles=list(roles)), on_result)


def add_note(link: Link, *, begins: int, ends: int, points: Sequence[str], text: str, picture: str, on_result: OnResult) -> None:
    """What was seen on these points in this span (UTC ms); `picture` is a PNG in base64."""
    link.command(AddNote(begins=begins, ends=ends, points=list(points), text=text, picture=picture), on_result, RECKONING_MS)


def withdraw_note(link: Link, *, note: str, why: str, on_result: OnResult) -> None:
    """It was wrong."""
    link.command(WithdrawNote(note=note, why=why), on_result)
