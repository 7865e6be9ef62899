"""Made versions, overrides and reviews of a configuration."""

from cityops_desktop.link.config import ConfigPage, Difference, OverrideInfo, ProblemInfo, Review, VersionInfo
from tests.ui.rooms import NOW, names

POINT = "air-conditioning-1.temperature"
ID = f"limit:{POINT}#high1"
DIGEST = "ab" * 32
MINUTE = 60_000


def version(number: int, kind: str, **more: object) -> VersionInfo:
    told: dict[str, object] = {
        "number": number,
        "base": number - 1 or None,
        "kind": kind,
        "time": NOW - (10 - number) * 90 * MINUTE,
        "actor": "p2",
        "actor_name": "王管理",
        "why": "the second row of racks, as ordered in spring",
        "room": f"{number:064x}",
    }
    return VersionInfo.model_validate(told | more)


def page(current: int = 3, *, differs: bool = False) -> ConfigPage:
    versions = [
        version(3, "override", counts={"limit changed": 1, "override added": 1}, why="summer"),
        version(2, "apply", counts={"point added": 12, "limit changed": 1, "file changed": 1}),
        version(1, "first", actor="station", actor_name="station", why=""),
    ]
    if current == 4:
        versions.insert(0, version(4, "rollback", counts={"limit changed": 1}, why="back"))
    told = [OverrideInfo(id=ID, value={"value": 36.0}, default={"value": 32.4}, actor_name="陈工", time=NOW - MINUTE, why="summer")]
    gone = OverrideInfo(id="limit:gone.temp#high", value={"level": 1}, default={}, actor_name="陈工", time=NOW, why="x", orphan=True)
    return ConfigPage(
        now=NOW, current=current, versions=versions, overrides=[*told, gone], file_differs=differs, path="/etc/cityops/room.yaml"
    )


def review(**more: object) -> Review:
    differences = [
        Difference(
            thing="limit",
            id=f"{POINT}#high1",
            names=names("回风温度", "Return air temperature"),
            change="changed",
            fields={"value": ("32.4", "36"), "level": ("2", "1")},
        ),
        Difference(thing="point", id="air-conditioning-1.fan", names=names("风机", "Fan"), change="added"),
        Difference(thing="file", id="room.yaml", change="changed"),
    ]
    told: dict[str, object] = {
        "digest": DIGEST,
        "base": 3,
        "room": "cd" * 32,
        "counts": {"limit changed": 1, "point added": 12, "file changed": 1},
        "differences": differences,
    }
    return Review.model_validate(told | more)


def wrong() -> Review:
    problem = ProblemInfo(
        where="room.yaml:16",
        what="unknown key “{key}”",
        do="did you mean “{near}”? Keys here: {keys}",
        params={"key": "orign", "near": "origin", "keys": "id, name, domain, timezone, size, origin"},
    )
    return review(counts={}, differences=[], problems=[problem])
