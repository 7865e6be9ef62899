"""JSON Schema (2020-12) of room files and profiles, for editors: made from the grammar and the drivers' own models. Checks nothing itself.

A schema sees one place at a time: it cannot know which driver a device's bus has, so it takes the keys of all drivers there, and it
knows nothing of ids that must exist. `room check` knows all of that; what the schema refuses, `room check` refuses too.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from cityops_desktop.model.drivers import Driver
from cityops_desktop.room import grammar, notify, ways
from cityops_desktop.room.guidance import GuidancePart, ProfileGuidancePart
from cityops_desktop.room.logs import LogRulePart, LogsPart
from cityops_desktop.room.ratios import PLATE
from cityops_desktop.room.wands import WandPart

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NAME: Schema = {"$ref": "#/$defs/name"}
_NOISE = ("title", "default", "description")


def room_schema(drivers: Mapping[str, Driver]) -> Schema:
    """The schema of a room file for these drivers."""
    device = _object(grammar.DevicePart)
    points = _with_driver(_object(grammar.PointPart), [driver.source for driver in drivers.values()], required=True)
    device = _with_driver(device, [driver.device_options for driver in drivers.values()], required=False)
    plate: Schema = {"type": "string", "pattern": PLATE}
    ratios = device["properties"]["ratios"]["patternProperties"]
    ratios |= {key: _either([number, plate]) for key, number in ratios.items()}
    device["properties"] |= {"points": _list(points), "overrides": {"type": "object", "additionalProperties": _change(points)}}
    rack = _object(grammar.RackPart)
    rack["properties"] |= {"feeds": _list(_object(grammar.FeedPart)), "items": _list(_object(grammar.ItemPart))}
    sections = {
        "room": _object(grammar.RoomPart),
        "site": _object(grammar.SitePart),
        "alarm_output": _object(grammar.AlarmOutputPart),
        "alarm_outputs": _list(_object(grammar.AlarmOutputsPart)),
        "notify": _notify(),
        "logs": _logs(),
        "guidance": _list(_object(GuidancePart)),
        "history": _object(grammar.HistoryPart),
        "duty": _object(grammar.DutyPart),
        "wands": _list(_object(WandPart)),
        "levels": {
            "type": "object",
            "additionalProperties": False,
            "properties": dict.fromkeys(("critical", "major", "minor", "warning"), _object(grammar.LevelPart)),
        },
        "areas": _list(_object(grammar.AreaPart)),
        "buses": _list(_bus(drivers)),
        "devices": _list(device),
        "power": _list(_object(grammar.PowerPart)),
        "racks": _list(rack),
    }
    return _document("CityOps Desktop room file", sections, ["room"])


def _logs() -> Schema:
    logs = _object(LogsPart)
    logs["properties"]["rules"] = _list(_object(LogRulePart))
    return logs


def profile_schema(drivers: Mapping[str, Driver]) -> Schema:
    """The schema of a device profile for these drivers; an address may be missing there, for a room file can give it."""
    head = _object(grammar.ProfilePart)
    head["properties"]["protocol"] = {"enum": sorted({driver.protocol for driver in drivers.values()})}
    points = _with_driver(_object(grammar.PointPart), [driver.source for driver in drivers.values()], required=False)
    empty: Schema = {"type": "object", "additionalProperties": False, "properties": {}}
    device = _with_driver(empty, [driver.device_options for driver in drivers.values()], required=False)
    guidance = _list(_object(ProfileGuidancePart))
    sections = {"profile": head, "device": device, "points": _list(points), "guidance": guidance}
    return _document("CityOps Desktop device profile", sections, ["profile"])


def _document(title: str, sections: Schema, required: list[str]) -> Schema:
    return {
        "$schema": DIALECT,
        "title": title,
        "type": "object",
        "additionalProperties": False,
        "required": required,
        "properties": sections,
        "$defs": {"name": _name()},
    }


def _name() -> Schema:
    both = grammar.NamesPart.model_json_schema()
    text = {key: value for key, value in both["properties"]["zh"].items() if key not in _NOISE}
    return {"description": "one text for both languages, or {zh, en}", "anyOf": [text, _clean(both, {})]}


def _bus(drivers: Mapping[str, Driver]) -> Schema:
    """A bus says its driver, so its keys are exactly known."""
    own = _object(grammar.BusPart)
    bus = _with_driver(_object(grammar.BusPart), [driver.bus_options for driver in drivers.values()], required=True)
    bus["properties"]["driver"] = {"enum": sorted(drivers)}
    bus["allOf"] = []
    for name, driver in sorted(drivers.items()):
        options = _object(driver.bus_options)
        then = {"properties": options["properties"], "required": options.get("required", [])}
        then["propertyNames"] = {"enum": [*own["properties"], *options["properties"]]}
        bus["allOf"].append({"if": {"properties": {"driver": {"const": name}}, "required": ["driver"]}, "then": then})
    return bus


def _notify() -> Schema:
    """A way says its kind, so that its keys are exactly known."""
    own = _object(notify.NotifyPart)
    kinds = [_object(part) for part in ways.PARTS.values()]
    own["properties"] |= {"ways": _list({"oneOf": kinds}), "calls": _list(_object(notify.CallPart))}
    return own


def _with_driver(own: Schema, models: Iterable[type[BaseModel]], *, required: bool) -> Schema:
    """Our keys and those of all these models; with `required`, what every one of them must have."""
    theirs = [_object(model) for model in models]
    properties = dict(own["properties"])
    for key in dict.fromkeys(key for schema in theirs for key in schema["properties"]):
        given = [schema["properties"][key] for schema in theirs if key in schema["properties"]]
        properties[key] = _either([*([properties[key]] if key in properties else []), *given])
    needed = [set(schema.get("required", [])) for schema in theirs] if required else []
    always = [key for key in properties if needed and all(key in keys for keys in needed)]
    return {**own, "properties": properties, "required": [*own.get("required", []), *always]}


def _change(point: Schema) -> Schema:
    """What may be laid over a profile's point: everything but its id, nothing of it required."""
    properties = {key: value for key, value in point["properties"].items() if key != "id"}
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _either(schemas: Iterable[Schema]) -> Schema:
    distinct: list[Schema] = []
    for schema in schemas:
        distinct += [schema] if schema not in distinct else []
    return distinct[0] if len(distinct) == 1 else {"anyOf": distinct}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _object(model: type[BaseModel]) -> Schema:
    """A model's schema in one piece; a key without a value is no value here, as in the files."""
    schema = model.model_json_schema(by_alias=True)
    cleaned: Schema = _clean(schema, schema.get("$defs", {}))
    return cleaned


def _clean(schema: Any, named: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_clean(item, named) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _NAME if name == grammar.NamesPart.__name__ else _clean(named[name], named)
    if "anyOf" in schema:
        return _either(_clean(one, named) for one in schema["anyOf"] if one != {"type": "null"})
    kept = {key: value for key, value in schema.items() if key not in (*_NOISE, "$defs", "properties")}
    cleaned = {key: _clean(value, named) for key, value in kept.items()}
    if "properties" in schema:
        cleaned["properties"] = {key: _clean(value, named) for key, value in schema["properties"].items()}
    if "patternProperties" in schema:
        cleaned.setdefault("additionalProperties", False)
    return cleaned
