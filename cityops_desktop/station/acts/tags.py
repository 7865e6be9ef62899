"""Acts of people about tags 禁止合闸: hanging and taking away. What a tag forbids is in cityops_desktop.duty.tags."""

from collections.abc import Callable

from sqlalchemy import Connection

from cityops_desktop.link.duty.now import TagInfo
from cityops_desktop.link.duty.tickets import HangTag, RemoveTag
from cityops_desktop.link.fields import says
from cityops_desktop.model.canonical import canonical
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Role, Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.station.acts.act import Acts, Carried, Data, Job
from cityops_desktop.station.acts.written import amend, author, put
from cityops_desktop.station.duty.tags import Tags
from cityops_desktop.store.duty import tickets
from cityops_desktop.store.dutyschema import tag, ticket

MOST_HANGING = 500


class TagActs:
    """tag.*. `tags` hears of each after the commit, before whoever acts is answered."""

    def __init__(self, carried: Callable[[Job], Carried], tags: Tags) -> None:
        self._carried, self._tags = carried, tags

    def acts(self) -> Acts:
        """By kind."""
        return {"tag.hang": self.hang, "tag.remove": self.remove}

    def hang(self, act: HangTag, who: Who) -> Carried:
        """From now on nothing is written there. Refused: no_such_target, ticket_over, too_many_tags."""
        reach = self._tags.reach()
        if not reach.known(act.target):
            raise Refused("no_such_target", target=act.target)
        id = uuid7(who.time)
        row = {"id": id, "target": act.target, "text": act.text, "ticket": act.ticket, "time": who.time, **author(who)}
        row |= {"covers": canonical(reach.covered(act.target)), "removed": None, "removed_by": "", "removed_name": "", "reason": ""}

        def run(conn: Connection) -> Data:
            if act.ticket and tickets.get(conn, ticket, act.ticket)["ended"] is not None:
                raise Refused("ticket_over")
            if len(tickets.hanging(conn)) >= MOST_HANGING:
                raise Refused("too_many_tags")
            put(conn, tag, row, "tag.hung", who)
            return {"tag": id}

        told = self._carried(run)

        def after() -> None:
            self._tags.hung(TagInfo(id=id, target=act.target, text=act.text, hung=who.time, actor_name=who.person.display))
            told.after()

        return Carried(run, after)

    def remove(self, act: RemoveTag, who: Who) -> Carried:
        """By who hung it; by a shift leader with a reason. Refused: no_such_tag, tag_gone, not_your_tag, reason_needed."""

        def run(conn: Connection) -> None:
            row = tickets.get(conn, tag, act.tag)
            if row["removed"] is not None:
                raise Refused("tag_gone")
            if row["actor"] != who.person.id:
                if Role.SHIFT_LEADER not in who.person.roles:
                    raise Refused("not_your_tag", by=row["actor_name"])
                if not says(act.why):
                    raise Refused("reason_needed")
            values = {"removed": who.time, "removed_by": who.person.id, "removed_name": who.person.display, "reason": act.why}
            amend(conn, tag, act.tag, values, "tag.removed", who)

        told = self._carried(run)

        def after() -> None:
            self._tags.gone(act.tag)
            told.after()

        return Carried(run, after)
