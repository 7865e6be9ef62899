"""Acts of administrators upon accounts: making and changing them, in and out of use, leave. Roles are in roles.py."""

from collections.abc import Mapping

from sqlalchemy import Connection

from cityops_desktop.link.acts import Absent, ChangeAccount, CreateAccount, EnableAccount, EndAbsence, ResetPassword, UnlockAccount
from cityops_desktop.model.people import Preset, Role, Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import accounts, factors, grants, names, passwords, quick, renewal, rights, sessions
from cityops_desktop.people.accounts import Account
from cityops_desktop.people.people import People
from cityops_desktop.station.acts.act import Acts, Data, Job

_KEEPERS = frozenset({Role.ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR})


class AccountActs:
    """account.*: whoever is away, disabled or gets another password has no session any more."""

    def __init__(self, people: People) -> None:
        self._people = people

    def acts(self) -> Acts:
        """By kind."""
        return {
            "account.create": self.create,
            "account.change": self.change,
            "account.enable": self.enable,
            "account.unlock": self.unlock,
            "account.reset_password": self.reset_password,
            "account.absence": self.absence,
            "account.absence_end": self.absence_end,
        }

    def create(self, act: CreateAccount, who: Who) -> Job:
        """A new account. Roles need the right to grant as well."""
        kept, shown, roles = names.clean(act.name), names.clean(act.display), frozenset(act.roles)
        policy = self._people.policy
        if roles and not rights.allowed("role.grant", who.person.roles, policy.preset):
            raise Refused("no_right")
        if not rights.apart(roles, policy.preset):
            raise Refused("roles_apart", names=shown)
        temporary = act.temporary or policy.preset is Preset.MLPS3  # there nobody goes on with a password that somebody else knows
        _later(act.expires, who)
        passwords.require(act.password, kept, policy)
        secret = passwords.hashed(act.password)

        def add(conn: Connection) -> Data:
            person = accounts.add(
                conn,
                name=kept,
                display=shown,
                password=secret,
                roles=roles,
                domain=self._people.domain,
                actor=who.person.id,
                time=who.time,
                must_change=temporary,
                expires=act.expires,
            )
            return {"account": person.id}

        return add

    def change(self, act: ChangeAccount, who: Who) -> Job:
        """Another name to show, another end."""
        shown = names.clean(act.display)
        _later(act.expires, who)

        def run(conn: Connection) -> None:
            with accounts.keepers_kept(conn, self._people.domain, who.time):
                self._amend(conn, act.account, {"display": shown, "expires": act.expires}, "account.changed", who)

        return run

    def enable(self, act: EnableAccount, who: Who) -> Job:
        """In or out of use."""
        kind = "account.enabled" if act.enabled else "account.disabled"

        def run(conn: Connection) -> None:
            with accounts.keepers_kept(conn, self._people.domain, who.time):
                self._amend(conn, act.account, {"enabled": act.enabled}, kind, who, why=act.why)
            self._out(conn, act.account, who, "disabled")

        return run

    def unlock(self, act: UnlockAccount, who: Who) -> Job:
        """The way back from a lock-out; somebody else gives it, or guessing in an open session would have no end."""
        if act.account == who.person.id:
            raise Refused("own_lock")
        return lambda conn: self._amend(conn, act.account, {"locked_until": None}, "account.unlocked", who)

    def reset_password(self, act: ResetPassword, who: Who) -> Job:
        """A temporary password; one's own is changed by whoever knows the old one."""
        if act.account == who.person.id:
            raise Refused("own_account")
        found = self._people.read(lambda conn: self._found(conn, act.account, who))
        passwords.require(act.password, found.person.name, self._people.policy)
        secret = passwords.hashed(act.password)

        def run(conn: Connection) -> None:
            self._require_protected(conn, act.account, who)
            renewal.change(conn, act.account, secret, kind="account.password_reset", actor=who.person.id, time=who.time, must_change=True)
            self._out(conn, act.account, who, "password")

        return run

    def absence(self, act: Absent, who: Who) -> Job:
        """Leave; the last administrator needs a deputy first, and who keeps the rights or the record is sent by an administrator only."""
        begins = max(act.begins, who.time)
        if act.ends <= begins:
            raise Refused("bad_request", detail="a leave ends after it begins, and not in the past")

        def run(conn: Connection) -> Data:
            self._found(conn, act.account, who)
            held = {Role(grant["role"]) for grant in grants.held(conn, who.time, act.account)}
            if held & _KEEPERS and Role.ADMINISTRATOR not in who.person.roles:
                raise Refused("no_right")
            domain = self._people.domain
            with accounts.keepers_kept(conn, domain, begins), accounts.keepers_kept(conn, domain, act.ends - 1):
                absence = grants.leave(conn, act.account, begins, act.ends, act.why, actor=who.person.id, time=who.time)
            if begins <= who.time:
                self._out(conn, act.account, who, "absence")
            return {"absence": absence}

        return run

    def absence_end(self, act: EndAbsence, who: Who) -> Job:
        """Back, or not gone at all."""
        return lambda conn: grants.come_back(conn, act.absence, actor=who.person.id, time=who.time)

    def _found(self, conn: Connection, account_id: str, who: Who) -> Account:
        found = accounts.by_id(conn, account_id, self._people.domain, who.time)
        if found is None:
            raise Refused("no_such_account")
        return found

    def _require_protected(self, conn: Connection, account_id: str, who: Who) -> None:
        """Where the administrators are kept apart, none comes in as another by giving him a password. Refused(factor_first)."""
        policy = self._people.policy
        held = {Role(grant["role"]) for grant in grants.held(conn, who.time, account_id)}
        others = held & {Role.SECURITY_ADMINISTRATOR, Role.AUDITOR} - who.person.roles
        if policy.preset is Preset.MLPS3 and others and not factors.second_factors(conn, account_id):
            raise Refused("factor_first")

    def _amend(self, conn: Connection, account_id: str, values: Mapping[str, object], kind: str, who: Who, **act: object) -> None:
        accounts.change(conn, account_id, values, kind=kind, actor=who.person.id, time=who.time, **act)

    def _out(self, conn: Connection, account_id: str, who: Who, why: str) -> None:
        """No session is left, and nobody comes back by PIN or badge before a full log-in."""
        sessions.close_all(conn, account_id, actor=who.person.id, time=who.time, why=why)
        quick.forget(conn, account_id)


def _later(expires: int | None, who: Who) -> None:
    if expires is not None and expires <= who.time:
        raise Refused("bad_request", detail="the end lies in the past")
