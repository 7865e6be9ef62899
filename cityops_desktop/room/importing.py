"""An import into a room: NetBox types and tables of racks. Everything is checked before anything is written; then each file whole."""

import difflib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cityops_desktop.errors import OperatorError, Problem
from cityops_desktop.model.drivers import Driver
from cityops_desktop.room.document import read_document, read_text
from cityops_desktop.room.findings import Findings
from cityops_desktop.room.load import load_room
from cityops_desktop.room.netbox import DEVICE_TYPES, RACK_TYPES, files_by_slug, is_rack_type, read_device_type, read_rack_type, type_files
from cityops_desktop.room.rack_merge import ItemChange, Merged, merge
from cityops_desktop.room.rack_sheet import SheetRow, read_sheet
from cityops_desktop.room.tree import Node
from cityops_desktop.texts import N_

TABLES = (".csv", ".tsv", ".txt")
TYPES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class TypeChange:
    """A type's file and where it goes; `kind` is added, replaced or unchanged."""

    kind: str
    slug: str
    source: Path
    target: Path


@dataclass(frozen=True, slots=True)
class Import:
    """What an import would do: nothing of it is done yet. `text` is the room file as it would be, None = as it is."""

    room_file: Path
    types: tuple[TypeChange, ...] = ()
    racks: tuple[str, ...] = ()
    items: tuple[ItemChange, ...] = ()
    text: str | None = None
    unused: tuple[str, ...] = ()

    def carry_out(self) -> None:
        """Write it: the types first, the room file last. What is replaced is kept as `.bak`. OperatorError when it cannot be written."""
        try:
            for change in self.types:
                if change.kind != "unchanged":
                    change.target.parent.mkdir(parents=True, exist_ok=True)
                    _write(change.target, change.source.read_bytes())
            if self.text is not None:
                _write(self.room_file, self.text.encode())
        except OSError as error:
            what, do = N_("the file cannot be written: {detail}"), N_("check the disk and the rights of the folder, then import again")
            where = str(error.filename or self.room_file)
            raise OperatorError(Problem(what, do, where, {"detail": error.strerror or str(error)})) from None


def plan_import(files: Iterable[Path], room_file: Path, drivers: Mapping[str, Driver]) -> Import:
    """What these files (types, tables, folders of types) would change. OperatorError with all problems, each at "file:line"."""
    before = read_text(room_file)
    load_room(room_file, drivers)
    findings = Findings()
    tables, sources = _sorted_out(files, findings)
    types = _types(sources, room_file.parent, findings)
    rows: list[SheetRow] = []
    unused: list[str] = []
    for table in tables:
        sheet = read_sheet(table, findings)
        rows += sheet.rows
        unused += [name for name in sheet.unused if name not in unused]
    more = {change.slug: change.source for change in types}
    known = [*files_by_slug(room_file.parent / DEVICE_TYPES), *more]
    merged = merge(before, [replace(row, type=slug_of(row.type, known)) for row in rows], findings)
    if not findings:
        _check(before, merged, room_file, drivers, more, findings)
    if findings:
        raise OperatorError(findings.problems())
    changed = bool(merged.racks) or any(change.kind != "unchanged" for change in merged.items)
    return Import(room_file, tuple(types), merged.racks, merged.items, merged.text if changed else None, tuple(unused))


def slug_of(text: str, slugs: Iterable[str]) -> str:
    """The slug that a table means: itself, or the only one that ends in the model's name (PowerEdge R740: dell-poweredge-r740)."""
    words = re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-")
    known = set(slugs)
    if text in known or not words:
        return text
    ends = [slug for slug in known if slug == words or slug.endswith(f"-{words}")]
    return ends[0] if len(ends) == 1 else text


def _sorted_out(files: Iterable[Path], findings: Findings) -> tuple[list[Path], list[Path]]:
    tables: list[Path] = []
    types: list[Path] = []
    for file in files:
        if file.is_dir():
            inside = list(type_files(file))
            types += inside
            if not inside:
                findings.add(str(file), N_("there is no NetBox file in this folder"), N_("name a folder of *.yaml files, or a table"))
        elif file.suffix.lower() in TABLES:
            tables.append(file)
        elif file.suffix.lower() in TYPES:
            types.append(file)
        else:
            what, do = N_("the file is neither a table nor a NetBox type"), N_("name files that end in .csv or .yaml")
            findings.add(str(file), what, do)
    return tables, types


def _types(sources: Iterable[Path], folder: Path, findings: Findings) -> list[TypeChange]:
    there = {name: files_by_slug(folder / name) for name in (DEVICE_TYPES, RACK_TYPES)}
    changes: dict[tuple[str, str], TypeChange] = {}
    for source in sources:
        name = RACK_TYPES if is_rack_type(source) else DEVICE_TYPES
        kind = read_rack_type(source, findings) if name == RACK_TYPES else read_device_type(source, findings)
        if kind is None:
            continue
        twin = changes.get((name, kind.slug))
        if twin is not None:
            what = N_("two files have the slug “{slug}”: {one} and {other}")
            findings.add(str(source), what, N_("import one of the two"), slug=kind.slug, one=twin.source, other=source)
            continue
        old = there[name].get(kind.slug, [])
        target = old[0] if old else folder / name / f"{kind.slug}.yaml"
        state = "added" if not target.exists() else "unchanged" if target.read_bytes() == source.read_bytes() else "replaced"
        changes[name, kind.slug] = TypeChange(state, kind.slug, source, target)
    return list(changes.values())


def _check(
    before: str, merged: Merged, room_file: Path, drivers: Mapping[str, Driver], more: Mapping[str, Path], findings: Findings
) -> None:
    """The room as it would be; its problems are told at the line of the table, or of the room file as it is now."""
    try:
        load_room(room_file, drivers, merged.text, more)
    except OperatorError as error:
        places = _places(before, merged, room_file)
        for problem in error.problems:
            where, params = places.get(problem.where, problem.where), dict(problem.params)
            other = places.get(str(params.get("other")), params.get("other"))
            if other is not None:
                # of two that cannot both stand, the one that the table says is to be looked at first
                swap = isinstance(other, str) and where.startswith(str(room_file)) and not other.startswith(str(room_file))
                where, params["other"] = (str(other), where) if swap else (where, other)
            findings.take(replace(problem, where=where, params=params))


def _places(before: str, merged: Merged, room_file: Path) -> dict[str, str]:
    """Where each line of the merged text comes from."""
    matcher = difflib.SequenceMatcher(None, before.splitlines(), merged.text.splitlines(), autojunk=False)
    places = {
        f"{room_file}:{block.b + n + 1}": f"{room_file}:{block.a + n + 1}"
        for block in matcher.get_matching_blocks()
        for n in range(block.size)
    }
    try:
        root = read_document(room_file, merged.text)
    except OperatorError as error:
        root = getattr(error, "tree", None) or Node({}, "")
    section = root.get("racks")
    for rack in section.items if section is not None else []:
        rack_id = rack.text("id") or ""
        if rack_id in merged.made:
            places |= dict.fromkeys(_lines(rack), merged.made[rack_id])
        items = rack.get("items")
        for item, origin in zip(items.items if items is not None else [], merged.origins.get(rack_id, []), strict=False):
            if origin is not None:
                places |= dict.fromkeys(_lines(item), origin)
    return places


def _lines(node: Node) -> set[str]:
    children = [*node.mapping.values(), *node.items]
    return {node.where}.union(*(_lines(child) for child in children))


def _write(target: Path, content: bytes) -> None:
    """Whole or not at all; what stood there is kept beside it. Of a link, the file that it leads to: the link stays one."""
    target = Path(os.path.realpath(target))
    mode = None
    if target.exists():
        mode = target.stat().st_mode & 0o777
        _put(target.with_name(f"{target.name}.bak"), target.read_bytes(), mode)
    _put(target, content, mode)


def _put(target: Path, content: bytes, mode: int | None) -> None:
    draft = target.with_name(f"{target.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666 if mode is None else mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)
