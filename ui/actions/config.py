"""What people do about the configuration. Each names the version that it was decided upon (`base`)."""

from collections.abc import Mapping

from cityops_desktop.link.acts import ApplyConfig, Override, ResetOverride, RollBack
from ui.link import Link, OnResult

Field = float | int | str | bool | None


def apply(link: Link, *, digest: str, base: int, why: str, on_result: OnResult) -> None:
    """The reviewed draft of this digest becomes the configuration."""
    link.command(ApplyConfig(digest=digest, base=base, why=why), on_result)


def roll_back(link: Link, *, number: int, base: int, why: str, on_result: OnResult) -> None:
    """An earlier version again."""
    link.command(RollBack(number=number, base=base, why=why), on_result)


def override(link: Link, *, id: str, value: Mapping[str, Field], base: int, why: str, on_result: OnResult) -> None:
    """Other fields of a limit, at once; None takes a field back to what the room file says."""
    link.command(Override(id=id, value=dict(value), base=base, why=why), on_result)


def reset(link: Link, *, id: str, base: int, why: str, on_result: OnResult) -> None:
    """What the room file says, again."""
    link.command(ResetOverride(id=id, base=base, why=why), on_result)
