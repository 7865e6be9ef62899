"""Who comes in: name and password, second factor, PIN, badge; guessing is slowed down and locked out. Every method may block.

What an answer tells. A name that does not exist costs one hash computation like any other and is held after as many wrong tries, for
as long: nobody learns which names exist. An account that is disabled, expired or on leave answers like a wrong password. That an account
is locked is told only to whoever gives its right password (and code): such a person knows the name anyhow. While the station runs the
lock and the hold of a made-up name look alike (`too_many_attempts`); after a restart a made-up name is free again, and a locked account
still answers a wrong password like a made-up name does.
"""

import contextlib
import hmac
import logging
import math
import secrets
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol, TypeVar

from sqlalchemy import Connection

from cityops_desktop.clock import Clock
from cityops_desktop.model.people import Limited, Person, Way, Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import accounts, factors, fido, grants, names, passwords, quick, sessions
from cityops_desktop.people import policy as policies
from cityops_desktop.people.accounts import Account
from cityops_desktop.people.fido import Questions
from cityops_desktop.people.policy import Policy
from cityops_desktop.people.quick import Known
from cityops_desktop.people.sessions import Attention, Session
from cityops_desktop.people.throttle import GROWING, Rule, Throttle, lock
from cityops_desktop.store.store import Store

logger = logging.getLogger(__name__)
T = TypeVar("T")

Use = Callable[[Connection, str], None]
"""Uses a code up, in the transaction that relies on it, in the name of this account."""
DAY_MS = 86_400_000
NOT_THEIR_FAULT = ("busy", "not_recorded")
"""Refusals that say nothing about what was typed: they are not held against anybody."""


class House(Protocol):
    """What the door needs of the station's people (people/people.py)."""

    store: Store
    clock: Clock
    domain: str
    policy: Policy
    attention: Attention

    def read(self, ask: Callable[[Connection], T]) -> T:
        """What the store holds. Refused(busy)."""
        ...

    def write(self, run: Callable[[Connection], T]) -> T:
        """Do it in the store and wait. Refused: busy, not_recorded, and what `run` refuses."""
        ...


@dataclass(frozen=True, slots=True)
class Proof:
    """Somebody has just proved to be this account. `take` belongs into the transaction that relies on it."""

    account: Account
    rules: Mapping[str, Rule]
    use: Use | None

    def take(self, conn: Connection, domain: str, time: int) -> Account:
        """Still so? Uses the code of the second factor up. Refused: wrong_name_or_password, wrong_code, account_locked."""
        found = accounts.by_id(conn, self.account.person.id, domain, time)
        if found is None or found.row["password"] != self.account.row["password"] or not accounts.usable(conn, found, time):
            raise Refused("wrong_name_or_password").of(account=self.account.person.id)
        require_unlocked(found, time)
        if self.use is not None:
            self.use(conn, found.person.id)
        return found


class Door:
    """Thread-safe. Whatever is refused raises Refused; `about` holds for the record what the answer does not say."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._throttle = Throttle(house.clock)
        self._locked: set[str] = set()
        """Names whose lock this run of the station has written: unlocking the account frees the name, too."""
        self._questions = Questions(house.clock)
        self._nobody = ""
        self._badges = b""

    def load(self, badges: bytes) -> None:
        """Prepare what makes an unknown name take as long as a wrong password; `badges` is the key of the badges."""
        self._nobody = passwords.hashed(secrets.token_urlsafe(16))
        self._badges = badges

    def login(self, name: str, password: str, code: str, console: str, bound: str) -> Session:
        """A full log-in. Refused: too_many_attempts, wrong_name_or_password, second_factor_required, wrong_code, account_locked, ..."""
        desk = names.clean(console)
        proof = self.prove(name, password, f"console:{bound}", code=code)

        def open_session(conn: Connection) -> Session:
            now = self._house.clock.wall()
            found = proof.take(conn, self._house.domain, now)
            in_force = policies.policy(conn)  # a stricter one may have come in a moment ago
            expires = now + in_force.session_seconds * 1000
            quick.remember(conn, bound, found.person.id, now)
            limited = limited_now(conn, found.row, in_force, now)
            return sessions.start(conn, found.person, console=desk, bound=bound, time=now, expires=expires, limited=limited)

        with self._fair(proof.rules):
            session = self._house.write(open_session)
        self._throttle.succeeded(*proof.rules)
        return self._opened(session)

    def prove(self, name: str, password: str, place: str, *, code: str | None, wrong: str = "wrong_name_or_password") -> Proof:
        """Is it this person? `place` is slowed down beside the name; `code` None: the second factor is not asked for.

        The caller uses `Proof.take` and then `passed`. Refused: too_many_attempts, `wrong`, second_factor_required, wrong_code,
        account_locked.
        """
        rules, found = self._begin(name, place)
        with self._fair(rules):
            return self._proved(name, found, password, code, rules, wrong)

    def answered(self, name: str, challenge: str, answer: str, place: str) -> Proof:
        """Did an authenticator of this person answer the challenge? Used like `prove`.

        Refused: too_many_attempts, wrong_answer (also for an account that cannot be used), account_locked.
        """
        rules, found = self._begin(name, place)
        with self._fair(rules):
            now = self._house.clock.wall()
            if found is None:
                self._wrong("wrong_answer", name, None)
            use = self._house.read(lambda conn: factors.answered(conn, found.person.id, challenge, answer, now))
            why = self._house.read(lambda conn: _unusable(conn, found, now))
            if use is None or why:
                self._wrong("wrong_answer", name, found, **({"reason": why} if why else {}))
            require_unlocked(found, now)
            return Proof(found, rules, use)

    def _begin(self, name: str, place: str) -> tuple[Mapping[str, Rule], Account | None]:
        """Refused(too_many_attempts); otherwise the try is counted as wrong until it has passed."""
        policy = self._house.policy
        rules = {f"name:{names.key(name)}": lock(policy.tries, policy.lock_seconds), place: GROWING}
        locked = names.key(name) in self._locked  # asked before the account is read: what is read then knows of the lock
        found = self._named(name)
        if locked:
            self._release(names.key(name), found)
        wait = self._throttle.begin(rules)
        if wait > 0:
            raise Refused("too_many_attempts", seconds=math.ceil(wait)).of(account=found.person.id if found else None)
        return rules, found

    def passed(self, proof: Proof) -> None:
        """What was proved has been relied on: nothing is held against name and place any more."""
        self._throttle.succeeded(*proof.rules)

    def anew(self, who: Who, password: str) -> Proof:
        """The person of a session gives the password again. Refused: wrong_password, too_many_attempts, account_locked."""
        return self.prove(who.person.name, password, f"session:{who.session}", code=None, wrong="wrong_password")

    def back_by_pin(self, account_id: str, pin: str, console: str, bound: str) -> Session:
        """Come back by PIN. Refused: quick_ended, wrong_pin, pin_ended, account_locked."""
        desk = names.clean(console)
        person = next((one for one in self.here(bound) if one.id == account_id), None)
        if person is None or person.pin is None:
            raise Refused("quick_ended").of(account=account_id if person else None)
        self._house.write(lambda conn: quick.count(conn, bound, person.id))
        if not passwords.matches(person.pin, self.sealed_pin(person.id, pin)):
            left = quick.WRONG_PINS - person.wrong - 1
            raise (Refused("wrong_pin", left=left) if left > 0 else Refused("pin_ended")).of(account=person.id)
        return self._back(person, desk, bound, Way.PIN)

    def back_by_badge(self, badge: str, console: str, bound: str) -> Session:
        """Come back by badge. Refused: wrong_badge (also that of somebody who did not log in here), too_many_attempts, account_locked."""
        desk, rules = names.clean(console), {f"badge:{bound}": GROWING}
        wait = self._throttle.begin(rules)
        if wait > 0:
            raise Refused("too_many_attempts", seconds=math.ceil(wait))
        with self._fair(rules):
            person = quick.holder(self.here(bound), self.badge_digest(badge.strip()))
            if person is None:
                raise Refused("wrong_badge")
            session = self._back(person, desk, bound, Way.BADGE)
        self._throttle.succeeded(*rules)
        return session

    def here(self, bound: str) -> list[Known]:
        """Who may come back at this console. Refused(busy)."""
        now = self._house.clock.wall()

        def ask(conn: Connection) -> list[Known]:
            return [one for one in quick.known(conn, bound, now) if self._usable(conn, one.id, now) is not None]

        return self._house.read(ask)

    def shown(self, badge: str, pin: str, bound: str) -> Proof:
        """Badge and PIN of somebody who logged in fully at this console a while ago; no session is opened. Used like `prove`.

        Refused: wrong_badge, too_many_attempts, wrong_pin, pin_ended, account_locked.
        """
        rules = {f"badge:{bound}": GROWING}
        wait = self._throttle.begin(rules)
        if wait > 0:
            raise Refused("too_many_attempts", seconds=math.ceil(wait))
        with self._fair(rules):
            person = quick.holder(self.here(bound), self.badge_digest(badge.strip()))
            now = self._house.clock.wall()
            found = self._house.read(lambda conn: self._usable(conn, person.id, now)) if person is not None else None
            if person is None or person.pin is None or found is None:
                raise Refused("wrong_badge").of(account=person.id if person else None)
            self._house.write(lambda conn: quick.count(conn, bound, person.id))
            if not passwords.matches(person.pin, self.sealed_pin(person.id, pin)):
                left = quick.WRONG_PINS - person.wrong - 1
                raise (Refused("wrong_pin", left=left) if left > 0 else Refused("pin_ended")).of(account=person.id)
            self._house.write(lambda conn: quick.right(conn, bound, person.id))
            require_unlocked(found, now)
            return Proof(found, rules, None)

    def badge_digest(self, badge: str) -> str:
        """What the store keeps of a badge."""
        return quick.badge_digest(self._badges, badge)

    def sealed_pin(self, account_id: str, pin: str) -> str:
        """What is hashed of a PIN: six digits alone would fall in a day to whoever has the database."""
        return hmac.digest(self._badges, f"pin\n{account_id}\n{pin}".encode("utf-8", "surrogatepass"), "sha256").hex()

    def sealed(self, text: bytes) -> bytes:
        """A digest of what may hold a password: whoever has only the database cannot try guesses against it."""
        return hmac.digest(self._badges, b"command\n" + text, "sha256")

    def _back(self, person: Known, desk: str, bound: str, way: Way) -> Session:
        def open_session(conn: Connection) -> Session:
            now = self._house.clock.wall()
            found = self._usable(conn, person.id, now)
            here = [one for one in quick.known(conn, bound, now) if one.id == person.id]
            if found is None or not here or (here[0].pin, here[0].badge) != (person.pin, person.badge):
                raise Refused("quick_ended").of(account=person.id)
            require_unlocked(found, now)
            if way is Way.PIN:
                quick.right(conn, bound, person.id)
            in_force = policies.policy(conn)
            expires = min(now + in_force.session_seconds * 1000, person.until)
            limited = limited_now(conn, found.row, in_force, now)
            return sessions.start(conn, found.person, console=desk, bound=bound, time=now, expires=expires, way=way, limited=limited)

        return self._opened(self._house.write(open_session))

    def _opened(self, session: Session) -> Session:
        self._house.attention.opened(session.id, session.way, session.expires)
        self._house.attention.forget(*session.replaced)
        return session

    def _proved(self, name: str, found: Account | None, password: str, code: str | None, rules: Mapping[str, Rule], wrong: str) -> Proof:
        right = passwords.matches(found.row["password"] if found else self._nobody, password)
        if found is None or not right:
            self._wrong(wrong, name, found)
        now = self._house.clock.wall()
        why = self._house.read(lambda conn: _unusable(conn, found, now))
        if why:
            self._wrong(wrong, name, found, reason=why)
        use = self._factor(name, found, code, rules, now) if code is not None else None
        require_unlocked(found, now)
        return Proof(found, rules, use)

    def _factor(self, name: str, found: Account, code: str, rules: Mapping[str, Rule], now: int) -> Use | None:
        asked_for = self._house.read(lambda conn: factors.second_factors(conn, found.person.id))
        if not asked_for:
            return None
        if not code:
            self._throttle.taken_back(rules)
            keys = [row["secret"] for row in asked_for if row["kind"] == factors.USB_KEY]
            options = {"fido2": self._questions.ask(found.person.id, keys)} if keys else {}
            raise Refused("second_factor_required", **options).of(account=found.person.id)
        if fido.is_answer(code) and not self._questions.answered(found.person.id, code):
            self._wrong("wrong_code", name, found)
        use = self._house.read(lambda conn: factors.proved(conn, found.person.id, code, now))
        if use is None:
            self._wrong("wrong_code", name, found)
        return use

    def _wrong(self, code: str, name: str, found: Account | None, **about: object) -> NoReturn:
        """The try that was one too many locks the account, durably (not waited for: a made-up name is answered as quickly).

        What was typed is recorded nowhere.
        """
        if found is not None and self._throttle.held(f"name:{names.key(name)}") > 0:
            self._lock(name, found.person)
        raise Refused(code).of(account=found.person.id if found else None, **about)

    def _lock(self, name: str, person: Person) -> None:
        now, policy, key = self._house.clock.wall(), self._house.policy, names.key(name)

        def write(conn: Connection) -> None:
            found = accounts.by_id(conn, person.id, self._house.domain, now)
            if found is not None and not locked_for(found.row, now):
                until = {"locked_until": now + policy.lock_seconds * 1000}
                accounts.change(conn, person.id, until, kind="account.locked", actor="station", time=now, tries=policy.tries)

        def written(done: "Future[None]") -> None:
            if done.cancelled() or done.exception() is not None:
                logger.info("a lock-out could not be recorded; it holds until the station ends")
            else:
                self._locked.add(key)

        self._house.store.write(write).add_done_callback(written)

    def _release(self, key: str, found: Account | None) -> None:
        """Somebody with the right has unlocked the account."""
        if found is not None and found.row["locked_until"] is None:
            self._locked.discard(key)
            self._throttle.succeeded(f"name:{key}")

    def _named(self, name: str) -> Account | None:
        now = self._house.clock.wall()
        return self._house.read(lambda conn: accounts.by_name(conn, name, self._house.domain, now)) if names.possible(name) else None

    def _usable(self, conn: Connection, account_id: str, now: int) -> Account | None:
        found = accounts.by_id(conn, account_id, self._house.domain, now)
        return found if found is not None and accounts.usable(conn, found, now) else None

    @contextlib.contextmanager
    def _fair(self, rules: Mapping[str, Rule]) -> Iterator[None]:
        try:
            yield
        except Refused as error:
            if error.code in NOT_THEIR_FAULT:
                self._throttle.taken_back(rules)
            raise


def locked_for(row: Mapping[str, Any], time: int) -> int:
    """Milliseconds for which this account is still locked; 0 when it is not."""
    return max(0, (row["locked_until"] or 0) - time)


def require_unlocked(found: Account, time: int) -> None:
    """Refused(account_locked, seconds)."""
    if locked_for(found.row, time):
        raise Refused("account_locked", seconds=math.ceil(locked_for(found.row, time) / 1000)).of(account=found.person.id)


def limited_now(conn: Connection, row: Mapping[str, Any], policy: Policy, time: int) -> Limited:
    """What somebody with this account must do before anything else."""
    if row["must_change"] or password_over(row, policy, time):
        return Limited.CHANGE_PASSWORD
    if policy.second_factor and not factors.second_factors(conn, row["id"]):
        return Limited.ENROL_FACTOR
    return Limited.NOTHING


def password_over(row: Mapping[str, Any], policy: Policy, time: int) -> bool:
    """Is the password older than the policy allows?"""
    return policy.password_days > 0 and time - row["password_set"] >= policy.password_days * DAY_MS


def _unusable(conn: Connection, found: Account, time: int) -> str:
    """Why this account cannot be used now; "" when it can."""
    if not found.person.enabled:
        return "disabled"
    if found.row["expires"] is not None and time >= found.row["expires"]:
        return "expired"
    return "on_leave" if grants.away(conn, found.person.id, time) else ""
