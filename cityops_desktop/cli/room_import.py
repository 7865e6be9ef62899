"""`room import`: NetBox types and tables of racks into a room file. What it means lies in `room.importing`."""

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from cityops_desktop.cli.app import Json, RoomFile, parts
from cityops_desktop.cli.room import group
from cityops_desktop.room.importing import Import, plan_import
from cityops_desktop.room.rack_sheet import number_text
from cityops_desktop.texts import tr


@group.command("import", help=tr("Bring NetBox device and rack types, and tables (CSV) of what stands in which rack, into a room file."))
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help=tr("NetBox YAML files, folders of them, CSV tables"))],
    room: RoomFile,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=tr("only show what would change"))] = False,
    as_json: Json = False,
) -> None:
    """Exit code 0 = done, or nothing to do; 3 = mistakes, and nothing was written."""
    plan = plan_import(files, room, parts.drivers)
    if not dry_run:
        plan.carry_out()
    if as_json:
        typer.echo(json.dumps(_account(plan, dry_run), ensure_ascii=False))
        return
    for line in [*(_lines(plan) if dry_run else ()), *_counts(plan)]:
        typer.echo(line)
    if plan.unused:
        typer.echo(tr("columns that were not used: {names}", names=", ".join(plan.unused)))
    if dry_run:
        typer.echo(tr("nothing was written (--dry-run)"))


def _account(plan: Import, dry_run: bool) -> dict[str, object]:
    return {
        "types": dict(Counter(change.kind for change in plan.types)),
        "racks": list(plan.racks),
        "items": dict(Counter(change.kind for change in plan.items)),
        "unused": list(plan.unused),
        "written": not dry_run,
    }


def _lines(plan: Import) -> list[str]:
    words = {"added": tr("added"), "moved": tr("moved"), "changed": tr("changed"), "replaced": tr("replaced")}
    lines = [f"{words[change.kind]}: {change.target}" for change in plan.types if change.kind in words]
    lines += [tr("added: rack {rack}", rack=rack) for rack in plan.racks]
    for change in plan.items:
        if change.kind in words:
            before = f" ({change.before} →)" if change.before else ""
            lines.append(f"{words[change.kind]}: {change.rack} U{number_text(change.u)} {change.name}{before}")
    return lines


def _counts(plan: Import) -> list[str]:
    lines = []
    if plan.types:
        kinds = Counter(change.kind for change in plan.types)
        counts = {kind: kinds[kind] for kind in ("added", "replaced", "unchanged")}
        lines.append(tr("types: {added} added, {replaced} replaced, {unchanged} unchanged", **counts))
    if plan.racks:
        lines.append(tr("racks: {n} added", n=len(plan.racks)))
    if plan.items:
        kinds = Counter(change.kind for change in plan.items)
        counts = {kind: kinds[kind] for kind in ("added", "moved", "changed", "unchanged")}
        lines.append(tr("items: {added} added, {moved} moved, {changed} changed, {unchanged} unchanged", **counts))
    return lines or [tr("nothing to import")]
