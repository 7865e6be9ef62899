"""What an act is: the kind that the rights matrix names, and how it becomes a job of one transaction. Carries nothing out itself."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.model.people import Outcome, Who

Data = Mapping[str, str | int | float]
"""What the person who acts is told once with the outcome (a secret to keep, an id); never kept."""
Job = Callable[[Connection], Data | None]
"""Runs inside the transaction that also keeps the command's id; raises Refused to undo all of it. Gets no other connection."""
Act = Callable[[Any, Who], Job]
"""From the message and who sent it to the job. Runs in a worker thread: here passwords are hashed and files are read. Refused."""
Acts = Mapping[str, Act]
Done = Callable[[Any, Who], None]
"""Called on the station's loop after the commit: what the station now does differently."""


@dataclass(frozen=True, slots=True)
class Carried:
    """A job, and what the station's loop does after the commit of exactly this one."""

    job: Job
    after: Callable[[], None]

    def __call__(self, conn: Connection) -> Data | None:
        """The job."""
        return self.job(conn)


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of an act upon equipment, as the person is told."""

    outcome: Outcome
    code: str = ""
    params: Data = field(default_factory=dict)
    data: Data = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Begun:
    """A job that records what is about to be done to equipment; `carry_out` does it after the commit, on the station's loop.

    It gets the command's deadline (UTC ms), after which nothing may be begun any more.
    """

    job: Job
    carry_out: Callable[[int], Awaitable[Ended]]

    def __call__(self, conn: Connection) -> Data | None:
        """The job."""
        return self.job(conn)


Witnessed = Callable[[Any, Credentials], Job]
"""From a message that proves by itself who gives it, and the console where it was given, to the job: no session is asked for. Refused."""
