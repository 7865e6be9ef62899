"""People as the link uses them: first administrator, log-in, checked acts. Every method but `any_account` may block: worker threads."""

import logging
import math
import secrets
from collections.abc import Callable, Iterable
from typing import NoReturn, TypeVar

from sqlalchemy import Connection

from cityops_desktop.clock import Clock
from cityops_desktop.model.people import Person, Role
from cityops_desktop.people import accounts, names, passwords, rights, sessions
from cityops_desktop.people.refused import Refused
from cityops_desktop.people.sessions import Session
from cityops_desktop.people.throttle import Throttle
from cityops_desktop.store import changes
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreBusy, StoreError

logger = logging.getLogger(__name__)
T = TypeVar("T")


class People:
    """Thread-safe. Whatever is refused raises Refused(code, params); what the store cannot record is not done (not_recorded)."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._throttle = Throttle(clock)
        self._any = False
        self._nobody = ""

    def load(self) -> None:
        """Learn whether there is an account, and prepare what makes an unknown name take as long as a wrong password. StoreError."""
        self._any = self._store.read(accounts.exist)
        self._nobody = passwords.hashed(secrets.token_urlsafe(16))

    def any_account(self) -> bool:
        """Has the first administrator been made? Never blocks."""
        return self._any

    def first_administrator(self, name: str, display: str, password: str) -> Person:
        """Make the first account. Refused: setup_done, weak_password, bad_request, not_recorded."""
        if self._any:
            raise Refused("setup_done")
        return self._add(None, name, display, password, (Role.ADMINISTRATOR,))

    def create(self, actor: Person, name: str, display: str, password: str, roles: Iterable[Role]) -> Person:
        """Make an account. Refused: no_right, name_taken, weak_password, bad_request, not_recorded."""
        if not rights.allowed("account.create", actor.roles):
            raise Refused("no_right")
        return self._add(actor, name, display, password, roles)

    def login(self, name: str, password: str, console: str) -> Session:
        """Open a session of 12 hours at this console. Refused: setup_required, too_many_attempts, wrong_name_or_password, not_recorded.

        Takes as long for a name that does not exist. Five wrong passwords for an account, or at a console, make it wait.
        """
        if not self._any:
            raise Refused("setup_required")
        desk = names.clean(console)
        keys = (f"account:{names.key(name)}", f"console:{desk}")
        wait = self._throttle.begin(keys)
        if wait > 0:
            raise Refused("too_many_attempts", seconds=math.ceil(wait))
        found = self._read(lambda conn: accounts.by_name(conn, name)) if names.possible(name) else None
        right = passwords.matches(found.password if found else self._nobody, password)
        if found is None or not right or not found.person.enabled:
            self._wrong(found.person if found else None, desk)
        self._throttle.succeeded(keys)
        return self._write(lambda conn: sessions.start(conn, found.person, desk, self._clock.wall()))

    def check(self, token: str | None, kind: str, console: str | None = None) -> Person:
        """Who gives this command, and may they? Refused: setup_required, not_logged_in, no_right.

        `console`, where it is known, must be the one where the session was opened.
        """
        if not self._any:
            raise Refused("setup_required")
        person = self.person(token, console)
        if person is None:
            raise Refused("not_logged_in")
        if not rights.allowed(kind, person.roles):
            raise Refused("no_right")
        return person

    def person(self, token: str | None, console: str | None = None) -> Person | None:
        """Whose session this is; None for no, an ended or an expired one."""
        if not token:
            return None
        return self._read(lambda conn: sessions.person_of(conn, token, console, self._clock.wall()))

    def logout(self, token: str) -> None:
        """End a session; an unknown one is nothing to do. Refused: not_recorded."""
        self._write(lambda conn: sessions.end(conn, token, self._clock.wall()))

    def _add(self, actor: Person | None, name: str, display: str, password: str, roles: Iterable[Role]) -> Person:
        kept, shown, held = names.clean(name), names.clean(display), frozenset(roles)
        if not held:
            raise Refused("bad_request", detail="an account has at least one role")
        if not passwords.strong(password):
            raise Refused("weak_password", length=passwords.MIN_LENGTH)
        secret = passwords.hashed(password)

        def add(conn: Connection) -> Person:
            if actor is None:
                if accounts.exist(conn):
                    raise Refused("setup_done")
            else:
                now = accounts.by_id(conn, actor.id)
                if now is None or not now.person.enabled or not rights.allowed("account.create", now.person.roles):
                    raise Refused("no_right")
            by = actor.id if actor else None
            return accounts.add(conn, name=kept, display=shown, password=secret, roles=held, actor=by, time=self._clock.wall())

        person = self._write(add)
        self._any = True
        return person

    def _wrong(self, known: Person | None, console: str) -> NoReturn:
        """Record the refusal; the name is recorded only if it is an account's (people type passwords into name fields)."""
        body: dict[str, object] = {"account": known.id if known else None}
        where, now = f"console:{console}", self._clock.wall()
        try:
            self._write(lambda conn: changes.append(conn, kind="session.refused", subject=where, actor=where, time=now, body=body))
        except Refused:
            logger.info("a refused log-in could not be recorded")
        raise Refused("wrong_name_or_password")

    def _write(self, run: Callable[[Connection], T]) -> T:
        try:
            return self._store.write(run).result()
        except StoreBusy as error:
            raise Refused("busy") from error
        except StoreError as error:
            raise Refused("not_recorded") from error

    def _read(self, ask: Callable[[Connection], T]) -> T:
        try:
            return self._store.read(ask)
        except StoreError as error:
            raise Refused("busy") from error
