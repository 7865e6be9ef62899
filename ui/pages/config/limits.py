"""Changing a limit at run time: the dialog that asks for value, dead band, delays and level, and why. Sends only what is changed."""

from functools import partial
from typing import TYPE_CHECKING

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import LimitInfo, PointInfo
from cityops_desktop.model.points import Level, LimitKind
from cityops_desktop.sentences import level_name
from cityops_desktop.texts import tr
from ui.actions import config as actions
from ui.models.room import RoomModel
from ui.models.shown import value_text
from ui.pages.config.words import LIMIT, LIMITS, field_text, shown, thing_name
from ui.widgets.form import ActDialog, Line, Wrong

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.acts import Action, Acts
    from ui.widgets.form import Told

NUMBERS = ("value", "deadband", "on_delay", "off_delay")


def limit_id(point: PointInfo, limit: LimitInfo) -> str:
    """As overrides name it."""
    return f"{LIMIT}{point.key}#{limit.id}"


def limit_of(model: RoomModel, id: str) -> tuple[PointInfo, LimitInfo] | None:
    """The limit that an override names; None when the room has none such (any more)."""
    key, _, name = id.removeprefix(LIMIT).rpartition("#")
    point = model.points.get(key)
    limit = next((one for one in point.limits if one.id == name), None) if point is not None else None
    return (point, limit) if point is not None and limit is not None else None


def limit_text(point: PointInfo, limit: LimitInfo) -> str:
    """Such as "above 37 °C" or "state: wet"."""
    if limit.kind is LimitKind.STATE:
        return f"{tr(LIMITS[limit.kind])}: {tr(', ').join(value_text(point, state) for state in limit.states)}"
    return f"{tr(LIMITS[limit.kind])} {shown('value', limit.value)} {point.unit}".strip()


def limit_dialog(
    acts: "Acts",
    model: RoomModel,
    point: PointInfo,
    limit: LimitInfo,
    base: int,
    then: "Callable[[CommandResult], None]",
) -> ActDialog:
    """Ask for the new fields of this limit."""
    now: dict[str, float | int] = {name: getattr(limit, name) for name in _names(limit)}
    lines = [Line(name, field_text(name), value=_plain(now[name]), most=20) for name in _names(limit) if name != "level"]
    levels = [(str(int(level)), f"{int(level)} {level_name(level)}") for level in Level]
    lines.append(Line("level", field_text("level"), "choice", str(limit.level), levels))
    lines.append(Line("why", tr("Why"), most=500))

    def make(told: "Told") -> "Action":
        wanted: dict[str, float | int | str | bool | None] = {}
        for name in _names(limit):
            value = int(told.text(name)) if name == "level" else _number(told.text(name), name)
            if value != now[name]:
                wanted[name] = value
        if not wanted:
            raise Wrong(tr("nothing is changed yet"))
        return partial(actions.override, id=limit_id(point, limit), value=wanted, base=base, why=told.text("why"))

    words = tr(
        "{name}: alarm {limit}. It takes effect at once, as a version of its own that can be taken back.",
        name=thing_name("limit", f"{point.key}#{limit.id}", "", model),
        limit=limit_text(point, limit),
    )
    title = tr("Change limit")
    return ActDialog(acts, "config.override", title, words, lines, make, zone=model.zone, then=then, send=tr("Change limit"))


def _names(limit: LimitInfo) -> tuple[str, ...]:
    return ("on_delay", "off_delay", "level") if limit.kind is LimitKind.STATE else (*NUMBERS, "level")


def _plain(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)


def _number(text: str, name: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise Wrong(tr("{label}: this is no number: {text}", label=field_text(name), text=text)) from None
