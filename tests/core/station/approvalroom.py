"""People and commands of a station on a real store, without HTTP, for tests of two-person acts."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from cityops_desktop.link.acts import AnyAct, BeginFactor, Command, CommandResult, ConfirmApproval, ConfirmFactor, OpenApproval, ResetFactor
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Role
from cityops_desktop.people import accounts, ocra
from cityops_desktop.people.people import People
from cityops_desktop.people.policy import POLICIES
from cityops_desktop.station.acts.accounts import AccountActs
from cityops_desktop.station.acts.approvals import ApprovalActs
from cityops_desktop.station.acts.own import OwnActs
from cityops_desktop.station.acts.policy import PolicyActs
from cityops_desktop.station.commands import Commands
from cityops_desktop.station.refusals import Refusals
from cityops_desktop.store import changes
from cityops_desktop.store.schema import approval, change
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock
from tests.core.people.site import CHEAP, DOMAIN, GOOD

STAFF = {
    "adam": Role.ADMINISTRATOR,
    "sara": Role.SECURITY_ADMINISTRATOR,
    "udo": Role.AUDITOR,
    "dina": Role.DUTY,
    "lea": Role.SHIFT_LEADER,
}


class ApprovalRoom:
    """Five persons of different roles; `adam` and `sara` may begin, `udo` may agree as well, `dina` and `lea` neither."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.clock = clock
        self.store = Store.open(folder, clock)
        self.hashing = ThreadPoolExecutor(2, "passwords")
        self.loop = asyncio.new_event_loop()
        self.ids: dict[str, str] = {}
        self.secrets: dict[str, str] = {}
        self.sessions: dict[str, Credentials] = {}
        self.heard = 0
        self.start()
        self.people.write(self._add)
        self.start()

    def _add(self, conn: Connection) -> None:
        for name, role in STAFF.items():
            made = accounts.add(
                conn,
                name=name,
                display=name.title(),
                password=CHEAP.hash(GOOD),
                roles=[role],
                domain=DOMAIN,
                actor=None,
                time=self.clock.wall(),
            )
            self.ids[name] = made.id

    def start(self) -> None:
        """A new run of the station on the same store."""
        self.people = People(self.store, self.clock, DOMAIN)
        self.people.load()
        policy = PolicyActs(self.people)
        self.approvals = ApprovalActs(self.people, policy.acts(), {"policy.set": self._policy_set}, self._hear)
        acts = {**AccountActs(self.people).acts(), **OwnActs(self.people).acts(), **policy.acts(), **self.approvals.acts()}
        self.commands = Commands(self.store, self.clock, self.people, Refusals(self.store, self.clock), self.hashing, {})
        self.commands.take_on(acts)
        self.commands.take_witnessed(self.approvals.witnessed())
        self.approvals.begin()
        self.settle()

    def close(self) -> None:
        self.hashing.shutdown()
        self.loop.close()
        self.store.close()

    def settle(self) -> None:
        """What was ordered before has been written."""
        self.people.write(lambda _conn: None)

    def login(self, name: str, console: str = "") -> Credentials:
        """A session; each person has a console of his own unless another is named."""
        bound = console or f"console of {name}"
        return Credentials(self.people.login(name, GOOD, bound, bound).token, bound, "local")

    def give(self, act: AnyAct, credentials: Credentials, id: str = "") -> CommandResult:
        now = self.clock.wall()
        command = Command(id=id or uuid7(now), deadline=now + 60_000, act=act)  # a loaded machine answers late, and that is no fault
        return self.loop.run_until_complete(self.commands.command(command, credentials))

    def enrol(self, name: str) -> None:
        """An authenticator for this person."""
        session = self.login(name)
        begun = self.give(BeginFactor(password=GOOD, factor="authenticator", name="laptop"), session).data
        secret = str(begun["secret"]).replace(" ", "") + "===="
        answer = ocra.now(secret, str(begun["challenge"]), self.clock.wall())
        done = self.give(ConfirmFactor(factor=str(begun["factor"]), code=answer), session)
        assert (done.outcome, done.data) == ("done", {}), "no second factor: no recovery codes"
        self.secrets[name] = secret

    def answer(self, name: str, challenge: str, later: int = 0) -> str:
        """What this person's authenticator answers."""
        return ocra.now(self.secrets[name], challenge, self.clock.wall() + later)

    def open(self, name: str = "adam", target: str = "dina", session: Credentials | None = None, **more: Any) -> CommandResult:
        act = OpenApproval(password=more.pop("password", GOOD), act=ResetFactor(account=self.ids[target], why="lost"), **more)
        return self.give(act, session or self.login(name))

    def confirm(self, opened: CommandResult, name: str = "sara", at: Credentials | None = None, **more: Any) -> CommandResult:
        return self.give(self.consent(opened, name, **more), at or Credentials(None, "a console", "local"))

    def consent(self, opened: CommandResult, name: str = "sara", **more: Any) -> ConfirmApproval:
        proof = {} if "answer" in more else {"password": GOOD}
        told = {"approval": opened.data["approval"], "digest": opened.data["digest"], "name": name, **proof, **more}
        return ConfirmApproval(**told)

    def carried_out(self) -> int:
        """How often factors were reset, by the log."""
        return self.kinds().count("account.factors_reset")

    def kinds(self) -> list[str]:
        self.settle()
        assert self.store.read(changes.verify) is None
        return self.store.read(lambda conn: list(conn.execute(select(change.c.kind).order_by(change.c.seq)).scalars()))

    def rows(self) -> dict[str, Any]:
        """The approvals as they stand, by id."""
        self.settle()
        return self.store.read(lambda conn: {row["id"]: dict(row) for row in conn.execute(select(approval)).mappings()})

    def body(self, kind: str) -> dict[str, Any]:
        """What the newest change row of a kind says."""
        self.settle()
        query = select(change.c.body, change.c.actor).where(change.c.kind == kind).order_by(change.c.seq.desc())
        row = self.store.read(lambda conn: conn.execute(query).first())
        assert row is not None
        return {**json.loads(row.body), "actor": row.actor}

    def _hear(self) -> None:
        self.heard += 1

    def _policy_set(self, act: Any, _who: object) -> None:
        self.people.policy = POLICIES[act.preset]
