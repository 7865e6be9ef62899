"""The preset of the station, and the way back for who lost the second factor: acts that two persons carry out (approvals)."""

from sqlalchemy import Connection

from cityops_desktop.link.acts import ResetFactor, SetPolicy
from cityops_desktop.model.people import Preset, Role, Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import accounts, factors, grants, policy, quick, rights, sessions
from cityops_desktop.people.first import NEEDED
from cityops_desktop.people.people import People
from cityops_desktop.station.acts.act import Acts, Job


class PolicyActs:
    """policy.set, factor.reset. station/commands.py refuses what needs two persons; then whoever saw both agree calls these."""

    def __init__(self, people: People) -> None:
        self._people = people

    def acts(self) -> Acts:
        """By kind; where two persons must agree `who` is the initiator."""
        return {"policy.set": self.set_policy, "factor.reset": self.reset_factor}

    def set_policy(self, act: SetPolicy, who: Who) -> Job:
        """Another preset. A stricter one ends every session: all log in anew by its rules. Call People.load_policy after the commit."""

        def run(conn: Connection) -> None:
            if act.preset is policy.preset(conn):
                raise Refused("same_preset")
            if act.preset is Preset.MLPS3:
                self._fit(conn, who.time)
            policy.put(conn, act.preset, actor=who.person.id, time=who.time, why=act.why)
            if act.preset is Preset.MLPS3:
                for one in sessions.open_sessions(conn, who.time):
                    sessions.close(conn, one.id, actor=who.person.id, time=who.time, why="policy")
                    quick.forget(conn, one.account)

        return run

    def reset_factor(self, act: ResetFactor, who: Who) -> Job:
        """All factors of an account end, and its sessions."""

        def run(conn: Connection) -> None:
            if accounts.by_id(conn, act.account, self._people.domain, who.time) is None:
                raise Refused("no_such_account")
            factors.end_all(conn, act.account, actor=who.person.id, time=who.time)
            values = {"locked_until": None}
            accounts.change(conn, act.account, values, kind="account.factors_reset", actor=who.person.id, time=who.time, why=act.why)
            sessions.close_all(conn, act.account, actor=who.person.id, time=who.time, why="factor")
            quick.forget(conn, act.account)

        return run

    def _fit(self, conn: Connection, time: int) -> None:
        """Refused(roles_apart) with the names of those who hold too much, three_administrators when one of them is missing.

        Who is out of use counts, too: such a one may come back.
        """
        held: dict[str, set[Role]] = {}
        for grant in grants.held(conn, time):
            held.setdefault(grant["account"], set()).add(Role(grant["role"]))
        everybody = accounts.everybody(conn, self._people.domain, time)
        too_much = [one.person.display for one in everybody if not rights.apart(held.get(one.person.id, ()), Preset.MLPS3)]
        if too_much:
            raise Refused("roles_apart", names=", ".join(too_much))
        there = {role for one in everybody if accounts.usable(conn, one, time) for role in one.person.roles}
        if not there.issuperset(NEEDED[Preset.MLPS3]):
            raise Refused("three_administrators")
