"""Acts that end sessions: one's own at another console, and those of others. With a session its way back by PIN or badge ends."""

from sqlalchemy import Connection

from cityops_desktop.link.acts import EndSession, RevokeSession
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import quick, sessions
from cityops_desktop.people.people import People
from cityops_desktop.station.acts.act import Acts, Job


class SessionActs:
    """session.revoke and own.session_end."""

    def __init__(self, people: People) -> None:
        self._people = people

    def acts(self) -> Acts:
        """By kind."""
        return {"session.revoke": self.revoke, "own.session_end": self.end}

    def revoke(self, act: RevokeSession, who: Who) -> Job:
        """End anybody's session."""
        return self._job(act.session, who, "revoked", owner=None)

    def end(self, act: EndSession, who: Who) -> Job:
        """End a session of one's own."""
        return self._job(act.session, who, "logout", owner=who.person.id)

    def _job(self, session_id: str, who: Who, why: str, owner: str | None) -> Job:
        def end(conn: Connection) -> None:
            found = next((one for one in sessions.open_sessions(conn, who.time, owner) if one.id == session_id), None)
            if found is None:
                raise Refused("no_such_session")
            sessions.close(conn, session_id, actor=who.person.id, time=who.time, why=why)
            quick.forget(conn, found.account, found.bound)

        return end
