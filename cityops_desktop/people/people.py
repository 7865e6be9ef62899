"""People as the link uses them: first start, log-in, checked acts. Every method but `any_account` may block: worker threads."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import TypeVar

from sqlalchemy import Connection

from cityops_desktop.clock import Clock
from cityops_desktop.model.people import Limited, Person, Preset, Role, Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import accounts, first, policy, quick, rights, sessions
from cityops_desktop.people.first import Newcomer
from cityops_desktop.people.login import Door
from cityops_desktop.people.policy import Policy
from cityops_desktop.people.quick import Known
from cityops_desktop.people.sessions import Attention, Session
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreBusy, StoreError

T = TypeVar("T")


class People:
    """Thread-safe. Whatever is refused raises Refused(code, params); what the store cannot record is not done (not_recorded)."""

    def __init__(self, store: Store, clock: Clock, domain: str) -> None:
        """`domain` is the room's: rights that were granted for it, or above it, count here."""
        self.domain = domain
        self.store = store
        self.clock = clock
        self.policy: Policy = policy.POLICIES[Preset.BASIC]
        """The policy in force; whoever sets it calls `load_policy`."""
        self.attention = Attention(clock, lambda: self.policy)
        self.door = Door(self)
        self.may_as_duty: Callable[[str], bool] = lambda account: True
        """May this account do now what it may only by the role of duty staff? The roster sets it; from any thread."""
        self._any = False
        self._ending: set[str] = set()

    def load(self) -> None:
        """Learn what the store holds, and prepare what makes an unknown name take as long as a wrong password. StoreError, OSError."""
        self._any = self.store.read(accounts.exist)
        self.load_policy()
        self.attention.load(self.store.read(lambda conn: sessions.genuine(conn, self.clock.wall())))
        self.door.load(quick.badge_key(self.store.data))

    def load_policy(self) -> None:
        """Take the policy that the store holds. StoreError."""
        self.policy = self.store.read(policy.policy)

    def any_account(self) -> bool:
        """Has the first administrator been made? Never blocks."""
        return self._any

    def set_up(self, preset: Preset, newcomers: Mapping[Role, Newcomer]) -> list[Person]:
        """The first start. Refused: setup_done, three_persons, weak_password, name_in_password, bad_request, not_recorded."""
        if self._any:
            raise Refused("setup_done")
        start, now = first.prepared(preset, newcomers), self.clock.wall()
        made = self.write(lambda conn: first.carry_out(conn, start, self.domain, now))
        self._any = True
        self.load_policy()
        return made

    def login(self, name: str, password: str, console: str, bound: str, code: str = "") -> Session:
        """Open a session at this console; the one before it there ends. Refused: setup_required, and what Door.login refuses."""
        if not self._any:
            raise Refused("setup_required")
        return self.door.login(name, password, code, console, bound)

    def back_by_pin(self, account: str, pin: str, console: str, bound: str) -> Session:
        """A short session for somebody who logged in fully at this console a while ago. Refused: what Door.back_by_pin refuses."""
        return self.door.back_by_pin(account, pin, console, bound)

    def back_by_badge(self, badge: str, console: str, bound: str) -> Session:
        """The same by a badge. Refused: what Door.back_by_badge refuses."""
        return self.door.back_by_badge(badge, console, bound)

    def here(self, bound: str) -> list[Known]:
        """Who may come back at this console."""
        return self.door.here(bound)

    def check(self, token: str | None, bound: str, kind: str) -> Who:
        """Who gives this command or asks this, and may they? Refused: setup_required, not_logged_in, no_right, quick_session, ..."""
        if not self._any:
            raise Refused("setup_required")
        who = self.who(token, bound)
        if who is None:
            raise Refused("not_logged_in")
        self._may(who, who.person, kind, self.policy.preset)
        return who

    def recheck(self, conn: Connection, who: Who, kind: str) -> None:
        """The same once more inside the transaction of the act: what was taken away a moment ago counts. Refused."""
        person = sessions.still(conn, who, self.domain, self.clock.wall())
        if person is None:
            raise Refused("not_logged_in")
        self._may(who, person, kind, policy.preset(conn))  # the one of the store: another may just have come into force
        self.attention.touch(who.session)

    def who(self, token: str | None, bound: str) -> Who | None:
        """Whose session this is at this console; None for no, an ended, an expired or an idle one. Refused: stolen_session, busy."""
        if not token:
            return None
        try:
            found = self.read(lambda conn: sessions.who(conn, token, bound, self.domain, self.clock.wall()))
        except Refused as error:
            if error.code == "stolen_session":
                self.attention.tried_elsewhere(str(error.about["session"]))
            raise
        return None if found is None or self.attention.over(found.session) else found

    def touch(self, token: str | None, bound: str) -> None:
        """The person of this session is still there. Refused: not_logged_in, stolen_session, busy."""
        found = self.who(token, bound)
        if found is None:
            raise Refused("not_logged_in")
        self.attention.touch(found.session)

    def logout(self, token: str, bound: str) -> None:
        """End a session, and with it the way back by PIN or badge here; an unknown one is nothing to do. Refused: not_recorded."""

        def end(conn: Connection) -> str:
            row = sessions.end(conn, token, bound, self.clock.wall())
            if row is None:
                return ""
            quick.forget(conn, row["account"], bound)
            return str(row["id"])

        self.attention.forget(self.write(end))

    def tick(self) -> None:
        """Once a second: end the sessions that nobody uses any more, and those whose time is over. Never blocks."""
        now = self.clock.wall()
        for session_id, why in self.attention.left().items():
            if session_id not in self._ending:
                self._ending.add(session_id)
                self._end(session_id, why, now)

    def _end(self, session_id: str, why: str, now: int) -> None:
        def ended(done: "Future[bool]") -> None:
            if not done.cancelled() and done.exception() is None:
                self.attention.forget(session_id)
            self._ending.discard(session_id)  # what could not be recorded is tried again; until then nobody acts in that session

        future = self.store.write(lambda conn: sessions.close(conn, session_id, actor="station", time=now, why=why))
        future.add_done_callback(ended)

    def write(self, run: Callable[[Connection], T]) -> T:
        """Do it in the store and wait. Refused: busy, not_recorded, and what `run` refuses."""
        try:
            return self.store.write(run).result()
        except StoreBusy as error:
            raise Refused("busy") from error
        except StoreError as error:
            raise Refused("not_recorded") from error

    def read(self, ask: Callable[[Connection], T]) -> T:
        """What the store holds. Refused: busy."""
        try:
            return self.store.read(ask)
        except StoreError as error:
            raise Refused("busy") from error

    def _may(self, who: Who, person: Person, kind: str, preset: Preset) -> None:
        if not rights.allowed(kind, person.roles, preset):
            raise Refused("no_right").of(by=person.id)
        if rights.bound_to_duty(kind, person.roles, preset) and not self.may_as_duty(person.id):
            raise Refused("not_on_duty").of(by=person.id)
        if not rights.allowed_in(kind, who.way, Limited.NOTHING):
            raise Refused("quick_session").of(by=person.id)
        if not rights.allowed_in(kind, who.way, who.limited):
            raise Refused(f"must_{who.limited}").of(by=person.id)
