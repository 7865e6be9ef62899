"""The API's part about coming and going: log in, come back, stay, log out, first start. Decides nothing."""

from typing import Protocol

from fastapi import APIRouter

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.people import Login, PersonInfo, QuickLogin, QuickPerson, SessionInfo, Setup
from cityops_desktop.link.sent import Sent


class Entrance(Protocol):
    """What this part asks of the station."""

    async def login(self, login: Login, credentials: Credentials) -> SessionInfo:
        """A session for a person at a console. Refused."""
        ...

    async def quick_login(self, login: QuickLogin, credentials: Credentials) -> SessionInfo:
        """A short session for somebody who logged in here before. Refused."""
        ...

    async def quick_people(self, credentials: Credentials) -> list[QuickPerson]:
        """Who may come back at this console by PIN or badge."""
        ...

    async def touch(self, credentials: Credentials) -> None:
        """The person of this session is still there. Refused(not_logged_in)."""
        ...

    async def logout(self, credentials: Credentials) -> None:
        """End a session; unknown sessions are ignored."""
        ...

    async def setup(self, setup: Setup, credentials: Credentials) -> list[PersonInfo]:
        """The first accounts. Refused when there is one, or from another machine."""
        ...


def entrance_router(entrance: Entrance) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.post("/api/v1/session", status_code=201)
    async def login(body: Login, sent: Sent) -> SessionInfo:
        """Log in at a console."""
        return await entrance.login(body, sent)

    @router.post("/api/v1/session/quick", status_code=201)
    async def quick_login(body: QuickLogin, sent: Sent) -> SessionInfo:
        """Come back at this console by PIN or badge."""
        return await entrance.quick_login(body, sent)

    @router.get("/api/v1/session/quick")
    async def quick_people(sent: Sent) -> list[QuickPerson]:
        """Who may come back at this console."""
        return await entrance.quick_people(sent)

    @router.put("/api/v1/session", status_code=204)
    async def touch(sent: Sent) -> None:
        """The person is still there: keys or mouse were used since the last touch."""
        await entrance.touch(sent)

    @router.delete("/api/v1/session", status_code=204)
    async def logout(sent: Sent) -> None:
        """Log out."""
        await entrance.logout(sent)

    @router.post("/api/v1/setup", status_code=201)
    async def setup(body: Setup, sent: Sent) -> list[PersonInfo]:
        """The first start: choose the preset and make the first accounts; only while there is none."""
        return await entrance.setup(body, sent)

    return router
