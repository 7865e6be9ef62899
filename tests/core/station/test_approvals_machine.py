"""Any order of opening, agreeing, withdrawing, disabling, granting, waiting and restarting: no act without two persons, in time, once."""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from sqlalchemy import Connection

from cityops_desktop.link.acts import CommandResult, ConfirmApproval, WithdrawApproval
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.model.people import Preset, Role
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import accounts, grants, passwords, rights
from tests.conftest import FakeClock
from tests.core.people.site import CHEAP, DOMAIN
from tests.core.station.approvalroom import STAFF, ApprovalRoom

BEGIN = {Role.ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR}
AGREE = {Role.ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR}
HELD = ("too_many_attempts", "account_locked")
SECONDS = 120
people = st.sampled_from(sorted(STAFF))


@dataclass
class Known:
    """An approval as the model knows it. `ends`: by the wall, and by the clock that nobody sets."""

    result: CommandResult
    initiator: str
    target: str
    wall_end: int
    mono_end: float
    open: bool = True


class TwoPersons(RuleBasedStateMachine):
    """The station against a model that knows who may what, and until when."""

    opened = Bundle("opened")
    agreed = Bundle("agreed")

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(passwords, "_hasher", CHEAP)
        self.patch.setattr(rights, "TWO_PERSONS", {preset: {"factor.reset": SECONDS} for preset in Preset})
        self.folder = TemporaryDirectory()
        self.clock = FakeClock()
        self.room = ApprovalRoom(Path(self.folder.name), self.clock)
        self.roles = {name: {role} for name, role in STAFF.items()}
        self.enabled = dict.fromkeys(STAFF, True)
        self.known: list[Known] = []
        self.done = 0
        for name in ("udo", "lea"):
            self.room.enrol(name)
        self.clock.advance(10 * 86_400)  # however far the clock is set back, roles were granted before

    def teardown(self) -> None:
        self.room.close()
        self.folder.cleanup()
        self.patch.undo()

    @rule(target=opened, name=people, target_name=people, console=st.sampled_from(["", "shared"]))
    def begin(self, name: str, target_name: str, console: str) -> Known:
        try:
            session = self.room.login(name, console)
        except Refused as error:
            assert not self.enabled[name] or error.code in HELD
            return Known(CommandResult(id="x", outcome="refused", data={"approval": "none", "digest": "0" * 64}), name, "", 0, 0.0, False)
        told = self.room.open(name, target_name, session)
        assert (told.outcome == "done") == bool(self.roles[name] & BEGIN), told
        if told.outcome != "done":
            told = CommandResult(id="x", outcome="refused", data={"approval": "none", "digest": "0" * 64})
            return Known(told, name, "", 0, 0.0, False)
        for other in self.known:
            other.open = other.open and other.initiator != name
        new = Known(told, name, target_name, self.clock.wall() + SECONDS * 1000, self.clock.monotonic() + SECONDS)
        self.known.append(new)
        return new

    @rule(target=agreed, one=opened, name=people, console=st.sampled_from(["", "shared", "console of adam"]))
    def by_password(self, one: Known, name: str, console: str) -> ConfirmApproval:
        return self._confirm(one, name, self.room.consent(one.result, name), right=True, console=console)

    @rule(one=opened, other=opened, name=people)
    def with_the_digest_of_another(self, one: Known, other: Known, name: str) -> None:
        act = self.room.consent(one.result, name, digest=other.result.data["digest"])
        self._confirm(one, name, act, right=one.result.data["digest"] == other.result.data["digest"])

    @rule(one=opened, name=people)
    def by_a_wrong_password(self, one: Known, name: str) -> None:
        self._confirm(one, name, self.room.consent(one.result, name, password="Wrong-password-1"), right=False)
        self.clock.advance(20)

    @rule(target=agreed, one=opened, name=st.sampled_from(["udo", "lea"]), later=st.sampled_from([0, 0, 60_000, -300_000]))
    def by_phone(self, one: Known, name: str, later: int) -> ConfirmApproval:
        answer = self.room.answer(name, str(one.result.data.get("challenge", "12345678")), later)
        return self._confirm(one, name, self.room.consent(one.result, name, answer=answer), right=None if later != -300_000 else False)

    @rule(one=opened, other=opened, name=st.sampled_from(["udo", "lea"]))
    def with_the_answer_to_another(self, one: Known, other: Known, name: str) -> None:
        mine, its = (str(known.result.data.get("challenge", "12345678")) for known in (one, other))
        act = self.room.consent(one.result, name, answer=self.room.answer(name, its))
        self._confirm(one, name, act, right=None if mine == its else False)
        self.clock.advance(20)

    @rule(act=agreed)
    def once_more(self, act: ConfirmApproval) -> None:
        """Whatever was sent before is sent again, after all that has happened since."""
        one = next((known for known in self.known if known.result.data["approval"] == act.approval), None)
        if one is None or one.open:
            return
        told = self.room.give(act, Credentials(None, "replayed", "local"))
        assert told.code in ("approval_closed", "approval_expired", "no_such_approval"), told

    @rule(one=opened, name=people)
    def withdraw(self, one: Known, name: str) -> None:
        try:
            session = self.room.login(name)
        except Refused:
            return
        told = self.room.give(WithdrawApproval(approval=str(one.result.data["approval"])), session)
        if told.outcome == "done":
            assert one.open
            assert name == one.initiator or self.roles[name] & AGREE
            one.open = False

    @rule(name=people, enabled=st.booleans())
    def enable(self, name: str, enabled: bool) -> None:
        self._write(lambda conn: accounts.change(conn, self.room.ids[name], {"enabled": enabled}, **self._by("account.enabled")))
        self.enabled[name] = enabled

    @rule(name=people, role=st.sampled_from(sorted(STAFF.values())))
    def grant(self, name: str, role: Role) -> None:
        if role not in self.roles[name]:
            self._write(lambda conn: grants.give(conn, self.room.ids[name], [role], DOMAIN, actor="test", time=1))
            self.roles[name].add(role)

    @rule(name=people)
    def revoke(self, name: str) -> None:
        """Also a role in another room, which helps nobody."""

        def take(conn: Connection) -> None:
            for held in grants.held(conn, self.clock.wall(), self.room.ids[name]):
                grants.revoke(conn, held["id"], actor="test", time=self.clock.wall())
            grants.give(conn, self.room.ids[name], list(BEGIN), "c/d/s/other", actor="test", time=self.clock.wall())

        self._write(take)
        self.roles[name] = set()

    @rule(seconds=st.sampled_from([1.0, 30.0, 119.0, 120.0, 1000.0]))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(seconds=st.sampled_from([-3600, -60, 60, 119, 121]))
    def set_the_clock(self, seconds: int) -> None:
        self.clock.ms += seconds * 1000

    @rule()
    def tick(self) -> None:
        self.room.approvals.tick()
        self.room.settle()

    @rule()
    def restart(self) -> None:
        self.room.start()
        for known in self.known:
            known.open = False

    @invariant()
    def nothing_else_was_carried_out(self) -> None:
        assert self.room.carried_out() == self.done

    @invariant()
    def what_is_shown_can_be_agreed_to(self) -> None:
        shown = {one.id for one in self.room.approvals.infos()}
        assert shown == {known.result.data["approval"] for known in self.known if self._lives(known)}

    def _confirm(self, one: Known, name: str, act: ConfirmApproval, *, right: bool | None, console: str = "") -> ConfirmApproval:
        """`right`: is the proof? None: it may have been used already."""
        allowed = (
            self._lives(one)
            and right is not False
            and name != one.initiator
            and self.enabled[name]
            and self.enabled[one.initiator]
            and bool(self.roles[name] & AGREE)
            and bool(self.roles[one.initiator] & BEGIN)
        )
        told = self.room.give(act, Credentials(None, console or f"console of {name}", "local"))
        if told.outcome == "done":
            assert allowed, (one, name)
            one.open = False
            self.done += 1
        elif allowed and right:
            assert told.code in HELD, told
        return act

    def _lives(self, one: Known) -> bool:
        return one.open and self.clock.wall() < one.wall_end and self.clock.monotonic() < one.mono_end

    def _by(self, kind: str) -> dict[str, object]:
        return {"kind": kind, "actor": "test", "time": self.clock.wall()}

    def _write(self, run: object) -> None:
        self.room.people.write(run)  # type: ignore[arg-type]


TwoPersons.TestCase.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)
TestTwoPersons = TwoPersons.TestCase
