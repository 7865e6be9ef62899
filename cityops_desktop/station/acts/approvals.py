"""Two persons: opening, confirming and withdrawing an act that one person alone may not do; the confirmed act is carried out here.

A new kind of such an act is: one line in rights.TWO_PERSONS and rights.CONFIRM, its job among the `jobs` given here (and what follows
its commit among `done`), and its model in link/acts.TwoPersonAct. An act that holds a secret cannot be one: its text is kept.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection

from cityops_desktop.link.acts import ConfirmApproval, OpenApproval, TwoPersonAct, WithdrawApproval
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.messages import ApprovalInfo
from cityops_desktop.model.people import Limited, Role, Way, Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import accounts, approvals, policy, rights
from cityops_desktop.people.accounts import Account
from cityops_desktop.people.approvals import Approval, Consent, State, Waiting
from cityops_desktop.people.login import Proof, limited_now, require_unlocked
from cityops_desktop.people.people import People
from cityops_desktop.station.acts.act import Acts, Carried, Data, Done, Witnessed

_ACT: TypeAdapter[Any] = TypeAdapter(TwoPersonAct)


class ApprovalActs:
    """approval.*. `jobs`: two-person acts by kind; `done`: what follows the commit of such an act; `changed`: consoles must hear of it."""

    def __init__(self, people: People, jobs: Acts, done: Mapping[str, Done], changed: Callable[[], None]) -> None:
        self._people = people
        self._jobs = dict(jobs)
        self._done = done
        self._changed = changed
        self._waiting = Waiting(people.clock)
        self._told: dict[str, ApprovalInfo] = {}
        self._ending: set[str] = set()

    def acts(self) -> Acts:
        """By kind: those that are given in a session."""
        return {"approval.open": self.open, "approval.withdraw": self.withdraw}

    def witnessed(self) -> Mapping[str, Witnessed]:
        """By kind: those whose message proves who gives it."""
        return {"approval.confirm": self.confirm}

    def take_on(self, jobs: Acts) -> None:
        """More acts that two persons carry out, before the first one is opened."""
        self._jobs.update(jobs)

    def begin(self) -> None:
        """A new run of the station: what waited in the one before waits no more. Never blocks."""
        now = self._people.clock.wall()
        self._people.store.write_until_done(lambda conn: approvals.expire(conn, now))

    def tick(self) -> None:
        """Once a second: close what has come to its end. Never blocks."""
        for id in self._waiting.over():
            if id not in self._ending:
                self._ending.add(id)
                self._expire(id)

    def infos(self) -> list[ApprovalInfo]:
        """What waits now, for the consoles."""
        return [told for told in (self._told.get(one.id) for one in self._waiting.open()) if told is not None]

    def open(self, act: OpenApproval, who: Who) -> Carried:
        """The initiator, who has just given the password again, says exactly what is to be done."""
        people, kind = self._people, act.act.kind
        if kind not in rights.TWO_PERSONS[people.policy.preset]:
            raise Refused("one_person")
        if not rights.allowed(kind, who.person.roles, people.policy.preset):
            raise Refused("no_right")
        proof = people.door.prove(who.person.name, act.password, f"session:{who.session}", code=act.code, wrong="wrong_password")
        content = act.act.model_dump(mode="json")
        made: list[tuple[Approval, ApprovalInfo, list[str]]] = []

        def run(conn: Connection) -> Data:
            now = people.clock.wall()
            found = self._taken(conn, proof, now)
            self._require_right(conn, found, kind, now)
            seconds = rights.TWO_PERSONS[policy.preset(conn)][kind]
            new = approvals.prepared(kind, content, found.person.id, who.console, people.domain, now, seconds)
            replaced = approvals.put(conn, new, {"session": who.session, "name": found.person.display})
            made[:] = [(new, self._info(conn, new, content, found.person.display), replaced)]
            return {"approval": new.id, "digest": new.digest, "challenge": new.challenge, "expires": new.expires}

        def after() -> None:
            for new, info, replaced in made:
                self._forget(*replaced)
                self._told[new.id] = info
                self._waiting.add(new)
            self._changed()

        return Carried(run, after)

    def confirm(self, act: ConfirmApproval, credentials: Credentials) -> Carried:
        """The second person agrees, and it is done in the same transaction: both or neither."""
        people = self._people
        if bool(act.password) == bool(act.answer):
            raise Refused("bad_request", detail="either password or answer")
        here = people.who(credentials.session, credentials.bound)
        found = people.read(lambda conn: self._standing(conn, act))
        place, way = f"console:{credentials.bound}", Consent.REMOTE if act.answer else Consent.LOCAL
        if way is Consent.REMOTE:
            proof = people.door.answered(act.name, found.challenge, act.answer, place)
        else:
            proof = people.door.prove(act.name, act.password, place, code=act.code)
        inner = _ACT.validate_json(found.act)
        first = people.read(lambda conn: self._initiator(conn, found, people.clock.wall()))
        job = self._jobs[found.kind](inner, replace(first, second=proof.account.person))
        how: dict[str, object] = {"console": here.console if here else credentials.via, "session": here.session if here else None}
        how |= {"name": proof.account.person.display, "initiator_name": first.person.display}

        def run(conn: Connection) -> Data | None:
            now = people.clock.wall()
            still = self._standing(conn, act)
            confirmer = self._taken(conn, proof, now)
            self._require_second(conn, confirmer, still, way, now)
            self._initiator(conn, still, now)
            approvals.confirm(conn, still.id, confirmer.person.id, way, time=now, how=how)
            return job(conn)

        def after() -> None:
            self._forget(found.id)
            if isinstance(job, Carried):
                job.after()
            if found.kind in self._done:
                self._done[found.kind](inner, first)
            self._changed()

        return Carried(run, after)

    def withdraw(self, act: WithdrawApproval, who: Who) -> Carried:
        """No, after all: by the initiator, or by somebody who could have agreed."""

        def run(conn: Connection) -> None:
            found = approvals.standing(conn, act.approval)
            if who.person.id != found.initiator and rights.CONFIRM[found.kind].isdisjoint(who.person.roles):
                raise Refused("no_right")
            how = {"console": who.console, "session": who.session}
            approvals.close(conn, found.id, State.WITHDRAWN, actor=who.person.id, time=who.time, how=how)

        def after() -> None:
            self._forget(act.approval)
            self._changed()

        return Carried(run, after)

    def _standing(self, conn: Connection, act: ConfirmApproval) -> Approval:
        """Refused: no_such_approval, approval_closed, approval_expired, other_act."""
        found = approvals.standing(conn, act.approval)
        seconds = rights.TWO_PERSONS[policy.preset(conn)].get(found.kind)
        if seconds is None:
            raise Refused("approval_closed")
        self._waiting.require(found.id)
        approvals.require_in_window(found, self._people.clock.wall(), seconds)
        approvals.require_exact(found, act.digest, self._people.domain)
        return found

    def _taken(self, conn: Connection, proof: Proof, now: int) -> Account:
        found = proof.take(conn, self._people.domain, now)
        self._people.door.passed(proof)
        return found

    def _initiator(self, conn: Connection, found: Approval, now: int) -> Who:
        """Who began it, if that person may still do so now. Refused: initiator_gone, no_right, ..."""
        first = accounts.by_id(conn, found.initiator, self._people.domain, now)
        if first is None or not accounts.usable(conn, first, now):
            raise Refused("initiator_gone").of(account=found.initiator)
        require_unlocked(first, now)
        self._require_right(conn, first, found.kind, now)
        return Who(first.person, "", found.console, Way.FULL, Limited.NOTHING, now)

    def _require_right(self, conn: Connection, found: Account, kind: str, now: int) -> None:
        """May this person begin such an act, by what the store says now? Refused: no_right, must_change_password, must_enrol_factor."""
        in_force = policy.policy(conn)
        if not rights.allowed(kind, found.person.roles, in_force.preset):
            raise Refused("no_right").of(account=found.person.id)
        _require_unlimited(conn, found, in_force, now)

    def _require_second(self, conn: Connection, second: Account, found: Approval, way: Consent, now: int) -> None:
        """Refused: same_person, no_right, must_change_password, must_enrol_factor. An authenticator does not hang on the password's age."""
        if second.person.id == found.initiator:
            raise Refused("same_person").of(account=second.person.id)
        wanted: frozenset[Role] = rights.CONFIRM[found.kind]
        if wanted.isdisjoint(second.person.roles):
            raise Refused("no_right").of(account=second.person.id)
        if way is Consent.LOCAL:
            _require_unlimited(conn, second, policy.policy(conn), now)

    def _expire(self, id: str) -> None:
        now = self._people.clock.wall()

        def ended(done: "Future[None]") -> None:
            if not done.cancelled() and done.exception() is None:
                self._forget(id)
            self._ending.discard(id)  # what could not be recorded is tried again; until then it cannot be agreed to

        self._people.store.write(lambda conn: approvals.expire(conn, now, id)).add_done_callback(ended)
        self._changed()

    def _forget(self, *ids: str) -> None:
        self._waiting.forget(*ids)
        for id in ids:
            self._told.pop(id, None)

    def _info(self, conn: Connection, new: Approval, content: Mapping[str, Any], initiator: str) -> ApprovalInfo:
        about = {name: value for name, value in content.items() if name != "kind" and isinstance(value, str | int | float)}
        about |= {name: "\n".join(map(str, value)) for name, value in content.items() if isinstance(value, list)}
        concerned = accounts.by_id(conn, str(about.get("account", "")), self._people.domain, new.opened)
        if concerned is not None:
            about["name"] = concerned.person.display
        return ApprovalInfo(
            id=new.id,
            kind=new.kind,
            about=about,
            digest=new.digest,
            challenge=new.challenge,
            initiator=new.initiator,
            initiator_name=initiator,
            console=new.console,
            opened=new.opened,
            expires=new.expires,
        )


def _require_unlimited(conn: Connection, found: Account, in_force: policy.Policy, now: int) -> None:
    limited = limited_now(conn, found.row, in_force, now)
    if limited is not Limited.NOTHING:
        raise Refused(f"must_{limited}").of(account=found.person.id)
