"""Reads, checks and expands the room file and the device profiles. Knows no wire."""

from cityops_desktop.room.describe import describe
from cityops_desktop.room.load import check_room, load_room, version_of

__all__ = ["check_room", "describe", "load_room", "version_of"]
