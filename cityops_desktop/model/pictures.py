"""A still picture of a camera: what a driver keeps of it in memory, and how it is asked for. Pictures are never stored."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class Picture:
    """The newest picture of a camera: its bytes, its media type, and when it was taken over (UTC ms)."""

    data: bytes
    kind: str
    time: int


@runtime_checkable
class Photographer(Protocol):
    """A driver that takes pictures. Any thread may ask."""

    def picture(self, bus: BaseModel, device: BaseModel) -> Picture | None:
        """The newest picture of the device with these options; None when none has come yet."""
        ...

    def takes_pictures(self, source: BaseModel) -> bool:
        """Is this the source of a picture?"""
        ...
