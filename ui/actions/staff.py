"""What is written into the staff file, and into the library of rules."""

from typing import Literal

from cityops_desktop.link.acts import EndStaff, PublishRule, PutStaff, RetireRule
from ui.link import Link, OnResult

Entry = Literal["qualification", "agreement", "training", "examination"]


def put(
    link: Link,
    *,
    id: str,
    account: str,
    entry: Entry,
    title: str,
    number: str,
    issuer: str,
    begins: str | None,
    ends: str | None,
    result: Literal["", "passed", "failed"],
    score: float | None,
    note: str,
    on_result: OnResult,
) -> None:
    """A line of the staff file; `id` "" = a new one."""
    act = PutStaff(
        id=id,
        account=account,
        entry=entry,
        title=title,
        number=number,
        issuer=issuer,
        begins=begins,
        ends=ends,
        result=result,
        score=score,
        note=note,
    )
    link.command(act, on_result)


def strike(link: Link, *, id: str, why: str, on_result: OnResult) -> None:
    """A line that holds no more."""
    link.command(EndStaff(id=id, why=why), on_result)


def publish(link: Link, *, code: str, title: str, text: str, on_result: OnResult) -> None:
    """A rule, or its next version."""
    link.command(PublishRule(code=code, title=title, text=text), on_result)


def retire(link: Link, *, rule: str, why: str, on_result: OnResult) -> None:
    """A rule that is no longer in force."""
    link.command(RetireRule(rule=rule, why=why), on_result)
