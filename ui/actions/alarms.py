"""What a person does about alarms."""

from collections.abc import Sequence

from cityops_desktop.link.acts import (
    Acknowledge,
    BeginService,
    EndService,
    NotifyTest,
    ResetAlarms,
    RunSelfTest,
    Shelve,
    Silence,
    TickStep,
    Unshelve,
)
from cityops_desktop.model.notify import By
from ui.link import Link, OnResult

MESSAGE_MS = 100_000
"""A test message is waited for: a long SMS, or a call that rings."""


def acknowledge(link: Link, *, alarms: Sequence[str], on_result: OnResult) -> None:
    """Acknowledge these occurrences as the person logged in."""
    link.command(Acknowledge(alarms=list(alarms)), on_result)


def silence(link: Link, *, on_result: OnResult) -> None:
    """Silence the sounds for two minutes; needs no login."""
    link.command(Silence(console=link.console), on_result)


def reset(link: Link, *, alarms: Sequence[str], on_result: OnResult) -> None:
    """Let these latched alarms go: somebody has looked at what they were about."""
    link.command(ResetAlarms(alarms=list(alarms)), on_result)


def shelve(link: Link, *, keys: Sequence[str], until: int, why: str, on_result: OnResult) -> None:
    """Keep these conditions quiet until then (UTC ms); those that lie on a shelf are renewed."""
    link.command(Shelve(keys=list(keys), until=until, why=why), on_result)


def unshelve(link: Link, *, keys: Sequence[str], on_result: OnResult) -> None:
    """Take them off the shelf before their time."""
    link.command(Unshelve(keys=list(keys)), on_result)


def begin_service(link: Link, *, target: str, until: int, why: str, on_result: OnResult) -> None:
    """This target ("device:<id>", "bus:<id>", "rack:<id>") is out of service until then; one that is so already is renewed."""
    link.command(BeginService(target=target, until=until, why=why), on_result)


def end_service(link: Link, *, target: str, on_result: OnResult) -> None:
    """The work on it is done."""
    link.command(EndService(target=target), on_result)


def tick(link: Link, *, alarm: str, step: int, done: bool, remark: str, on_result: OnResult) -> None:
    """A step of the guidance of this occurrence is done, or not after all; step 0 = a remark about the whole."""
    link.command(TickStep(alarm=alarm, step=step, done=done, remark=remark), on_result)


def self_test(link: Link, *, on_result: OnResult) -> None:
    """Test the way of an alarm from the sensor to every screen, output and message."""
    link.command(RunSelfTest(), on_result)


def test_message(link: Link, *, way: str, call: str, by: By, on_result: OnResult) -> None:
    """Send a message that says that it is a test, by this way to this entry of the call list."""
    link.command(NotifyTest(way=way, call=call, by=by.value), on_result, wait_ms=MESSAGE_MS)
