"""Granting and revoking roles: for a domain, until a time, and never past what the preset keeps apart."""

from sqlalchemy import Connection

from cityops_desktop.link.acts import GrantRole, RevokeRole
from cityops_desktop.model.people import Preset, Role, Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import accounts, grants, names, rights
from cityops_desktop.people.people import People
from cityops_desktop.station.acts.act import Acts, Data, Job


class RoleActs:
    """role.*: nobody grants or revokes beyond the domains for which the right to grant was given to him."""

    def __init__(self, people: People) -> None:
        self._people = people

    def acts(self) -> Acts:
        """By kind."""
        return {"role.grant": self.grant, "role.revoke": self.revoke}

    def grant(self, act: GrantRole, who: Who) -> Job:
        """A role in a domain; under mlps3 to somebody else only."""
        domain, preset = names.domain(act.domain), self._people.policy.preset
        if preset is Preset.MLPS3 and act.account == who.person.id:
            raise Refused("own_rights")
        if act.ends is not None and act.ends <= who.time:
            raise Refused("bad_request", detail="the end lies in the past")

        def run(conn: Connection) -> Data:
            found = accounts.by_id(conn, act.account, self._people.domain, who.time)
            if found is None:
                raise Refused("no_such_account")
            self._within(conn, who, domain)
            held = grants.held(conn, who.time, act.account)
            if any(grant["role"] == act.role and grant["domain"] == domain for grant in held):
                raise Refused("role_held")
            if not rights.apart({act.role, *(Role(grant["role"]) for grant in held)}, preset):
                raise Refused("roles_apart", names=found.person.display)
            (made,) = grants.give(conn, act.account, (act.role,), domain, actor=who.person.id, time=who.time, ends=act.ends)
            return {"grant": made}

        return run

    def revoke(self, act: RevokeRole, who: Who) -> Job:
        """Take a role away; never the last administrator's."""

        def run(conn: Connection) -> None:
            with accounts.keepers_kept(conn, self._people.domain, who.time):
                taken = grants.revoke(conn, act.grant, actor=who.person.id, time=who.time)
            self._within(conn, who, taken["domain"])

        return run

    def _within(self, conn: Connection, who: Who, domain: str) -> None:
        granting = rights.MATRIX[self._people.policy.preset]["role.grant"]
        own = grants.domains_of(conn, who.person.id, granting, self._people.domain, who.time)
        if not any(grants.covers(one, domain) for one in own):
            raise Refused("domain_beyond")
