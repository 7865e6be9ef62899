"""The one way of a person's command: in time, known, allowed, recorded, done, and carried out once. Every refusal is recorded, too.

Used from the station's event loop; what may block runs in worker threads. The id of a command is kept in the transaction of its act,
so that the same one is not carried out twice even when the station falls in between.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from typing import Any, NamedTuple

from sqlalchemy import Connection, delete, insert, select

from cityops_desktop.clock import Clock
from cityops_desktop.link.acts import Command, CommandResult
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.model.people import Outcome, Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import rights
from cityops_desktop.people.people import People
from cityops_desktop.station.acts.act import Act, Acts, Begun, Carried, Data, Done, Ended, Job, Witnessed
from cityops_desktop.station.refusals import Refusals
from cityops_desktop.store.schema import command as command_table
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreBusy, StoreError

log = logging.getLogger(__name__)

LONGEST_DEADLINE_MS = 60_000
SHORTEST_ANSWER = 1.0
"""Seconds that an act is given at least before it is answered that its outcome is not known."""
MOST_COMMANDS = 2000
"""Commands whose outcome is remembered, so that the same id gets the same answer."""
KEPT_MS = 86_400_000
"""How long the store remembers a command's id: far longer than any deadline."""

Direct = Callable[[Any, Who | None, str], Awaitable[None]]
"""An act that the station's loop carries out itself (alarms), with the console it came from (`Credentials.via`). Who is None for the acts
that need no person. Refused."""


class _Order(NamedTuple):
    """A command that was taken: what tells it from another with the same id, and what becomes of it."""

    content: bytes
    outcome: asyncio.Task[CommandResult]


class Commands:
    """`direct` by kind; all other acts are taken on before the first command arrives."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        people: People,
        refusals: Refusals,
        hashing: Executor,
        direct: Mapping[str, Direct],
    ) -> None:
        self._store = store
        self._clock = clock
        self._people = people
        self._refusals = refusals
        self._hashing = hashing
        self._acts: dict[str, Act] = {}
        self._direct = direct
        self._done: dict[str, Done] = {}
        self._witnessed: dict[str, Witnessed] = {}
        self._orders: OrderedDict[str, _Order] = OrderedDict()

    def take_witnessed(self, acts: Mapping[str, Witnessed]) -> None:
        """The acts of rights.WITHOUT_SESSION."""
        self._witnessed.update(acts)

    def take_on(self, acts: Acts, done: Mapping[str, Done] | None = None) -> None:
        """Acts that people may give; `done` is called after the commit of an act of that kind."""
        self._acts.update(acts)
        self._done.update(done or {})

    async def command(self, command: Command, credentials: Credentials) -> CommandResult:
        """Carry out an act once; the same id from the same session gets the same answer, at its deadline at the latest."""
        content = self._people.door.sealed(_text(command, credentials))
        order = self._orders.get(command.id)
        if order is None:
            order = _Order(content, asyncio.get_running_loop().create_task(self._outcome(command, credentials, content)))
            self._orders[command.id] = order
            while len(self._orders) > MOST_COMMANDS:
                self._orders.popitem(last=False)
        elif order.content != content:
            self._record("id_used", command, None, credentials)
            return CommandResult(id=command.id, outcome=Outcome.REFUSED, code="id_used")
        patience = max(SHORTEST_ANSWER, min(command.deadline - self._clock.wall(), LONGEST_DEADLINE_MS) / 1000)
        done, _ = await asyncio.wait({order.outcome}, timeout=patience)
        if not done:
            return CommandResult(id=command.id, outcome=Outcome.UNKNOWN, code="no_answer")
        return order.outcome.result()

    async def _outcome(self, command: Command, credentials: Credentials, content: bytes) -> CommandResult:
        who: Who | None = None
        try:
            self._in_time(command)
            kind = command.act.kind
            if kind not in rights.WITHOUT_PERSON | rights.WITHOUT_SESSION:
                who = await self._blocking(self._people.check, credentials.session, credentials.bound, kind)
            over = await self._carry_out(command, who, credentials, content)
            return CommandResult(id=command.id, outcome=over.outcome, code=over.code, params=dict(over.params), data=dict(over.data))
        except Refused as error:
            self._record(error.code, command, who, credentials, error.about)
            return CommandResult(id=command.id, outcome=Outcome.REFUSED, code=error.code, params=error.params)
        except StoreBusy:
            return CommandResult(id=command.id, outcome=Outcome.REFUSED, code="busy")
        except StoreError as error:
            log.error("command %s (%s) could not be recorded: %s", command.act.kind, command.id, error)
            return CommandResult(id=command.id, outcome=Outcome.FAILED, code="not_recorded")

    async def _carry_out(self, command: Command, who: Who | None, credentials: Credentials, content: bytes) -> Ended:
        kind = command.act.kind
        if kind in self._direct:
            await self._direct[kind](command.act, who, credentials.via)
            return Ended(Outcome.DONE)
        if kind in rights.TWO_PERSONS[self._people.policy.preset]:
            raise Refused("two_persons")
        job: Job
        if kind in rights.WITHOUT_SESSION:
            job = await self._blocking(self._witnessed[kind], command.act, credentials, executor=self._hashing)
        else:
            job = await self._blocking(self._acts[kind], command.act, who, executor=self._hashing)
        data = await asyncio.wrap_future(self._store.write(lambda conn: self._whole(conn, command, who, content, job)))
        if isinstance(job, Begun):
            return await job.carry_out(command.deadline)
        if isinstance(job, Carried):
            job.after()
        if who is not None and kind in self._done:
            self._done[kind](command.act, who)
        return Ended(Outcome.DONE, data=data or {})

    def _whole(self, conn: Connection, command: Command, who: Who | None, content: bytes, job: Job) -> Data | None:
        self._in_time(command)
        if command.act.kind not in rights.WITHOUT_SESSION:
            assert who is not None
            self._people.recheck(conn, who, command.act.kind)
        self._keep(conn, command.id, content)
        return job(conn)

    def _keep(self, conn: Connection, id: str, content: bytes) -> None:
        """Refused(done_before) when this very command was carried out before (by an earlier run of the station), or id_used."""
        kept = conn.execute(select(command_table.c.content).where(command_table.c.id == id)).scalar()
        if kept is not None:
            raise Refused("done_before" if kept == content else "id_used")
        now = self._clock.wall()
        conn.execute(delete(command_table).where(command_table.c.time < now - KEPT_MS))
        conn.execute(insert(command_table).values(id=id, content=content, time=now))

    def _in_time(self, command: Command) -> None:
        now = self._clock.wall()
        if now > command.deadline:
            raise Refused("expired")
        if command.deadline > now + LONGEST_DEADLINE_MS:
            raise Refused("deadline_too_far")

    def _record(
        self, code: str, command: Command, who: Who | None, credentials: Credentials, about: Mapping[str, object] | None = None
    ) -> None:
        actor = who.person.id if who else f"console:{credentials.via}"
        console = who.console if who else credentials.via
        self._refusals.refused(code, kind=command.act.kind, actor=actor, console=console, command=command.id, **(about or {}))

    async def _blocking(self, ask: Callable[..., Any], *arguments: object, executor: Executor | None = None) -> Any:
        return await asyncio.get_running_loop().run_in_executor(executor, ask, *arguments)


def _text(command: Command, credentials: Credentials) -> bytes:
    return f"{credentials.session}\n{credentials.bound}\n{command.act.model_dump_json()}".encode("utf-8", "surrogatepass")
