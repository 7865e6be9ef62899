"""Acts of people about saved views: of the trends page, and of the alarms. What a view holds was looked at when the message came."""

from sqlalchemy import Connection

from cityops_desktop.link.acts import DeleteAlarmView, DeleteView, SaveAlarmView, SaveView, ShareAlarmView, ShareView
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import rights
from cityops_desktop.people.people import People
from cityops_desktop.station.acts.act import Acts, Data, Job
from cityops_desktop.store.views import Views


class ViewActs:
    """<kind>.save, <kind>.delete and <kind>.share of the views of one kind."""

    def __init__(self, views: Views, kind: str, people: People) -> None:
        self._views = views
        self._kind = kind
        self._people = people

    def acts(self) -> Acts:
        """By kind."""
        return {f"{self._kind}.save": self.save, f"{self._kind}.delete": self.delete, f"{self._kind}.share": self.share}

    def save(self, act: SaveView | SaveAlarmView, who: Who) -> Job:
        """A view of one's own. What others see is changed only by who may share."""
        name = " ".join(act.name.split())

        def run(conn: Connection) -> Data:
            if act.id:
                self._may_change(conn, act.id, who)
            content = act.content.model_dump()
            return {"view": self._views.save(conn, act.id, name, content, replace=act.replace, person=who.person.id, time=who.time)}

        return run

    def delete(self, act: DeleteView | DeleteAlarmView, who: Who) -> Job:
        """A view that is not wanted any more."""

        def run(conn: Connection) -> None:
            self._may_change(conn, act.view, who)
            self._views.delete(conn, act.view, person=who.person.id, time=who.time)

        return run

    def share(self, act: ShareView | ShareAlarmView, who: Who) -> Job:
        """With these roles, or with nobody any more."""
        return lambda conn: self._views.share(conn, act.view, act.roles, person=who.person.id, time=who.time)

    def _may_change(self, conn: Connection, view: str, who: Who) -> None:
        self._views.own(conn, view, who.person.id)
        if self._views.shared(conn, view) and not rights.allowed(f"{self._kind}.share", who.person.roles, self._people.policy.preset):
            raise Refused("view_is_shared")
