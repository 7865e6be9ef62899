"""Acts upon remote consoles: letting one in by a code, shutting one out. The token itself is made when the console shows the code."""

from collections.abc import Callable, Mapping
from typing import Protocol

from sqlalchemy import Connection

from cityops_desktop.link.acts import PairConsole, RevokeConsole
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import consoles, names
from cityops_desktop.station.acts.act import Acts, Data, Done, Job


class Remote(Protocol):
    """What these acts ask of the station's remote side."""

    @property
    def place(self) -> str:
        """HOST:PORT where remote consoles find this station, "" when it listens on this machine only."""
        ...

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the station's certificate."""
        ...

    def shut_out(self, console: str) -> None:
        """This console's token is good no more; its streams end."""
        ...


class ConsoleActs:
    """console.pair and console.revoke."""

    def __init__(self, remote: Remote, new_code: Callable[[], str] = consoles.new_code) -> None:
        self._remote = remote
        self._new_code = new_code

    def acts(self) -> Acts:
        """By kind."""
        return {"console.pair": self.pair, "console.revoke": self.revoke}

    def done(self) -> Mapping[str, Done]:
        """After the commit, on the loop."""
        return {"console.revoke": self._revoked}

    def pair(self, act: PairConsole, who: Who) -> Job:
        """A line to type at the remote console, once, within ten minutes."""
        if not self._remote.place:
            raise Refused("no_remote")
        name, code = names.clean(act.name), self._new_code()

        def invite(conn: Connection) -> Data:
            console, expires = consoles.invite(conn, name, code, actor=who.person.id, time=who.time)
            return {"console": console, "line": f"cityops1 {self._remote.place} {self._remote.fingerprint} {code}", "expires": expires}

        return invite

    def revoke(self, act: RevokeConsole, who: Who) -> Job:
        """Shut out, with its sessions."""
        return lambda conn: consoles.revoke(conn, act.console, actor=who.person.id, time=who.time)

    def _revoked(self, act: RevokeConsole, who: Who) -> None:
        self._remote.shut_out(act.console)
