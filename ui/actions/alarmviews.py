"""What a person keeps of questions about alarms."""

from collections.abc import Sequence

from cityops_desktop.link.acts import DeleteAlarmView, SaveAlarmView, ShareAlarmView
from cityops_desktop.link.alarmquery import AlarmFilter
from cityops_desktop.model.people import Role
from ui.link import Link, OnResult


def save(link: Link, *, id: str, name: str, content: AlarmFilter, replace: bool, on_result: OnResult) -> None:
    """Keep a question; `id` "" = a new one, `replace` = another one of this name goes."""
    link.command(SaveAlarmView(id=id, name=name, content=content, replace=replace), on_result)


def delete(link: Link, *, view: str, on_result: OnResult) -> None:
    """One that is not wanted any more."""
    link.command(DeleteAlarmView(view=view), on_result)


def share(link: Link, *, view: str, roles: Sequence[Role], on_result: OnResult) -> None:
    """With everybody who has one of these roles."""
    link.command(ShareAlarmView(view=view, roles=list(roles)), on_result)
