"""`backup` and `restore`: a data directory copied beside its running station, and made again from the copy."""

import json
import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from cityops_desktop.cli.app import Data, Json, app
from cityops_desktop.clock import SystemClock
from cityops_desktop.errors import Exit
from cityops_desktop.paths import default_data
from cityops_desktop.store import backup as making
from cityops_desktop.store import restore as putting
from cityops_desktop.store.backup import Done
from cityops_desktop.texts import tr

Target = Annotated[Path, typer.Argument(help=tr("the folder of the backup"))]


class Told:
    """How far it is: on a terminal one line that is written over, else a line every ten seconds."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._next = time.monotonic() + (0.0 if self._terminal else 10.0)

    def __call__(self, name: str, done: int, total: int) -> None:
        """Called for every piece; most calls say nothing."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + (0.2 if self._terminal else 10.0)
        line = f"{min(100, 100 * done // max(1, total)):>3} %  {name}"
        typer.echo(f"\r\x1b[K{line}" if self._terminal else line, err=True, nl=not self._terminal)

    def end(self) -> None:
        """Take the line away again."""
        if self._terminal:
            typer.echo("\r\x1b[K", err=True, nl=False)


@app.command(help=tr("Copy a data directory into a folder, beside its running station; only what is new since the last time."))
def backup(target: Target, data: Data = None, as_json: Json = False) -> None:
    """Exit code 9 when a file of the station is damaged: the backup keeps its sound copy."""
    if hasattr(os, "nice"):
        os.nice(10)
    told = Told()
    try:
        done = making.back_up((data or default_data()).expanduser(), target, SystemClock(), told)
    finally:
        told.end()
    typer.echo(json.dumps(_done_json(done, target), ensure_ascii=False) if as_json else _done_text(done))
    raise typer.Exit(int(Exit.WRONG if done.damaged else Exit.OK))


@app.command(help=tr("Make a data directory again from a backup, which is verified first; the station must not run."))
def restore(
    target: Target,
    data: Data = None,
    replace: Annotated[bool, typer.Option("--replace", help=tr("move aside what is in the data directory"))] = False,
    as_json: Json = False,
) -> None:
    """Nothing is touched before every file of the backup has been verified."""
    folder = (data or default_data()).expanduser().absolute()
    told = Told()
    try:
        manifest, aside = putting.restore(target, folder, SystemClock(), replace=replace, progress=told)
    finally:
        told.end()
    if as_json:
        facts = {"data": str(folder), "made": manifest.finished, "origin": manifest.origin, "files": len(manifest.files)}
        typer.echo(json.dumps(facts | {"bytes": manifest.size, "aside": str(aside) if aside is not None else None}, ensure_ascii=False))
        return
    mark = "" if manifest.origin == "real" else f"【{tr('DEMO')}】"
    typer.echo(mark + tr("{data} is as it was at {time}: {files} files", data=folder, time=manifest.began, files=len(manifest.files)))
    if aside is not None:
        typer.echo(tr("what was there lies in {folder}", folder=aside))


def _done_json(done: Done, target: Path) -> dict[str, object]:
    return {
        "target": str(target),
        "origin": done.manifest.origin,
        "files": len(done.manifest.files),
        "bytes": done.manifest.size,
        "copied": done.copied,
        "copied_bytes": done.copied_bytes,
        "kept": done.kept,
        "damaged": [{"file": name, "what": what} for name, what in done.damaged],
    }


def _done_text(done: Done) -> str:
    mark = "" if done.manifest.origin == "real" else f"【{tr('DEMO')}】"
    size, copied = f"{done.manifest.size / 1e6:.1f}", f"{done.copied_bytes / 1e6:.1f}"
    whole = tr("The backup is whole: {files} files, {size} MB", files=len(done.manifest.files), size=size)
    new = tr("{number} of them copied now ({size} MB), the others were there and are sound", number=done.copied, size=copied)
    lines = [mark + whole, "    " + new]
    for name, what in done.damaged:
        lines.append(tr("{name} of the station is damaged: {what}", name=name, what=what))
        lines.append("    → " + tr("the backup keeps the copy it has; look with “history verify”"))
    return "\n".join(lines)
