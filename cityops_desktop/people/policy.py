"""What the presets ask of passwords, sessions and second factors, as data. Keeps the setting; decides no right."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from cityops_desktop.model.people import Preset
from cityops_desktop.store import record
from cityops_desktop.store.schema import setting

PRESET = "security.preset"
"""The setting that names the preset."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Lengths in characters, ages in days, times in seconds. 0 = no such rule."""

    preset: Preset
    password_length: int
    password_classes: int
    password_days: int
    password_history: int
    tries: int
    lock_seconds: int
    idle_seconds: int
    session_seconds: int
    quick_seconds: int
    second_factor: bool
    unused_days: int


POLICIES: Mapping[Preset, Policy] = {
    Preset.BASIC: Policy(Preset.BASIC, 10, 3, 0, 1, 5, 900, 1800, 12 * 3600, 600, False, 0),
    Preset.MLPS3: Policy(Preset.MLPS3, 10, 3, 90, 5, 5, 1800, 600, 12 * 3600, 300, True, 90),
}
"""Level 3 of GB/T 22239 names no figures; these are the ones usual in its assessments: at least 8 characters of three classes (we ask
10), changed every 90 days, five tries and then 10 to 30 minutes of waiting, 10 to 30 minutes idle."""


def preset(conn: Connection) -> Preset:
    """The preset in force; BASIC while nobody has chosen."""
    value = conn.execute(select(setting.c.value).where(setting.c.id == PRESET)).scalar()
    return Preset(value) if value is not None else Preset.BASIC


def policy(conn: Connection) -> Policy:
    """The policy in force."""
    return POLICIES[preset(conn)]


def put(conn: Connection, chosen: Preset, *, actor: str, time: int, **act: object) -> None:
    """Set the preset. Whoever does it calls People.load_policy afterwards."""
    record.put(conn, setting, {"id": PRESET, "value": chosen.value}, kind="policy.set", actor=actor, time=time, act=act)
