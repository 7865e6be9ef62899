"""Acts of people upon their own account: password, PIN, badge, second factors. Each but the confirmation asks for the password anew."""

from sqlalchemy import Connection, select

from cityops_desktop.link.acts import BeginFactor, ConfirmFactor, EndFactor, OwnBadge, OwnPassword, OwnPin
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import accounts, factors, names, passwords, quick, renewal, sessions
from cityops_desktop.people.login import Proof, limited_now
from cityops_desktop.people.people import People
from cityops_desktop.station.acts.act import Acts, Data, Job
from cityops_desktop.store.schema import account


class OwnActs:
    """own.*, but own.session_end."""

    def __init__(self, people: People) -> None:
        self._people = people

    def acts(self) -> Acts:
        """By kind."""
        return {
            "own.password": self.password,
            "own.pin": self.pin,
            "own.badge": self.badge,
            "own.factor_begin": self.begin_factor,
            "own.factor_confirm": self.confirm_factor,
            "own.factor_end": self.end_factor,
        }

    def password(self, act: OwnPassword, who: Who) -> Job:
        """Another password. The person's other sessions end, and coming back by PIN or badge at other consoles."""
        people, policy, id = self._people, self._people.policy, who.person.id
        proof = people.door.anew(who, act.old)
        passwords.require(act.new, who.person.name, policy)
        renewal.require_new(act.new, people.read(lambda conn: renewal.earlier(conn, id, policy.password_history)))
        secret = passwords.hashed(act.new)

        def change(conn: Connection) -> None:
            self._take(conn, proof, who)
            renewal.change(conn, id, secret, kind="account.password_changed", actor=id, time=who.time)
            sessions.close_all(conn, id, actor=id, time=who.time, why="password", but=who.session)
            quick.forget(conn, id, but=sessions.bound_of(conn, who.session))
            self._limit(conn, who)

        return change

    def pin(self, act: OwnPin, who: Who) -> Job:
        """A PIN for coming back to a console, or none any more."""
        proof = self._people.door.anew(who, act.password)
        if act.pin:
            quick.require_pin(act.pin)
        secret = passwords.hashed(self._people.door.sealed_pin(who.person.id, act.pin)) if act.pin else None

        def change(conn: Connection) -> None:
            self._take(conn, proof, who)
            kind = "account.pin_set" if secret else "account.pin_removed"
            accounts.change(conn, who.person.id, {"pin": secret}, kind=kind, actor=who.person.id, time=who.time)

        return change

    def badge(self, act: OwnBadge, who: Who) -> Job:
        """A badge for coming back to a console, or none any more. A badge is one person's."""
        proof = self._people.door.anew(who, act.password)
        secret = self._people.door.badge_digest(quick.clean_badge(act.badge)) if act.badge.strip() else None

        def change(conn: Connection) -> None:
            self._take(conn, proof, who)
            holder = conn.execute(select(account.c.id).where(account.c.badge == secret)).scalar() if secret else None
            if holder not in (None, who.person.id):
                raise Refused("badge_taken")
            kind = "account.badge_set" if secret else "account.badge_removed"
            accounts.change(conn, who.person.id, {"badge": secret}, kind=kind, actor=who.person.id, time=who.time)

        return change

    def begin_factor(self, act: BeginFactor, who: Who) -> Job:
        """A new secret, which the person puts into the app or key."""
        kind, name = factors.KINDS.get(act.factor), names.clean(act.name)
        if kind is None:
            raise Refused("no_such_factor")
        proof = self._people.door.anew(who, act.password)
        begun = kind.begin(who.person.name)

        def begin(conn: Connection) -> Data:
            self._take(conn, proof, who)
            return {"factor": factors.begin(conn, who.person.id, act.factor, name, begun, who.time), **begun.data}

        return begin

    def confirm_factor(self, act: ConfirmFactor, who: Who) -> Job:
        """From now on it is asked for at each log-in."""

        def confirm(conn: Connection) -> Data | None:
            codes = factors.confirm(conn, who.person.id, act.factor, act.code, who.time)
            self._limit(conn, who)
            return {"codes": codes} if codes else None

        return confirm

    def end_factor(self, act: EndFactor, who: Who) -> Job:
        """Without it from now on."""
        proof = self._people.door.anew(who, act.password)

        def end(conn: Connection) -> None:
            self._take(conn, proof, who)
            factors.end_own(conn, who.person.id, act.factor, needed=self._people.policy.second_factor, time=who.time)

        return end

    def _take(self, conn: Connection, proof: Proof, who: Who) -> None:
        proof.take(conn, self._people.domain, who.time)
        self._people.door.passed(proof)

    def _limit(self, conn: Connection, who: Who) -> None:
        """What this session must still do first, now."""
        found = accounts.by_id(conn, who.person.id, self._people.domain, who.time)
        if found is not None:
            sessions.limit(conn, who.session, limited_now(conn, found.row, self._people.policy, who.time))
