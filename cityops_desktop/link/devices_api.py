"""The API's part about who the devices are. Decides nothing; admitting one is an act (`device.admit`)."""

from typing import Protocol

from fastapi import APIRouter

from cityops_desktop.link.messages import DevicesPage


class DevicesDesk(Protocol):
    """What this part asks of the station."""

    def page(self) -> DevicesPage:
        """Who each device of the room is; of sensitive ones not what they say."""
        ...


def devices_router(desk: DevicesDesk) -> APIRouter:
    """The route."""
    router = APIRouter()

    @router.get("/api/v1/devices")
    async def devices() -> DevicesPage:
        """Who each device is, those that wait for their admission first; of sensitive ones not what they say."""
        return desk.page()

    return router
