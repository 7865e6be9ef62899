"""The staff file and the rule library: what people enter, publish and acknowledge."""

from sqlalchemy import Connection

from cityops_desktop.link.acts import AcknowledgeRule, EndStaff, PublishRule, PutStaff, RetireRule
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import accounts, rules, staff
from cityops_desktop.people.people import People
from cityops_desktop.station.acts.act import Acts, Data, Job


class StaffActs:
    """staff.* and rule.*."""

    def __init__(self, people: People) -> None:
        self._people = people

    def acts(self) -> Acts:
        """By kind."""
        return {
            "staff.put": self.put,
            "staff.end": self.end,
            "rule.publish": self.publish,
            "rule.retire": self.retire,
            "rule.acknowledge": self.acknowledge,
        }

    def put(self, act: PutStaff, who: Who) -> Job:
        """A line of the staff file."""
        values = act.model_dump(exclude={"kind", "entry"}) | {"kind": act.entry}

        def run(conn: Connection) -> Data:
            if accounts.by_id(conn, act.account, self._people.domain, who.time) is None:
                raise Refused("no_such_account")
            return {"id": staff.put(conn, values, actor=who.person.id, time=who.time)}

        return run

    def end(self, act: EndStaff, who: Who) -> Job:
        """Strike a line out."""
        return lambda conn: staff.end(conn, act.id, act.why, actor=who.person.id, time=who.time)

    def publish(self, act: PublishRule, who: Who) -> Job:
        """A rule, or its next version."""

        def run(conn: Connection) -> Data:
            rule, version = rules.publish(conn, act.code, act.title, act.text, actor=who.person.id, time=who.time)
            return {"rule": rule, "version": version}

        return run

    def retire(self, act: RetireRule, who: Who) -> Job:
        """A rule that is no longer in force."""
        return lambda conn: rules.retire(conn, act.rule, act.why, actor=who.person.id, time=who.time)

    def acknowledge(self, act: AcknowledgeRule, who: Who) -> Job:
        """I have read this version."""
        return lambda conn: rules.acknowledge(conn, act.rule, who.person.id, time=who.time)
