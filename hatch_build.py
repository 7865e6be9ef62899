"""Build hook: compiles the translations (.po to .mo) before a wheel is packed or an editable install is made."""

import os
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def compile_catalogues(root: Path) -> list[Path]:
    """Write the .mo beside each .po below resources/translations; a running program never sees half a file."""
    made = []
    for source in sorted((root / "resources" / "translations").rglob("*.po")):
        target = source.with_suffix(".mo")
        with source.open("rb") as stream:
            catalogue = read_po(stream, locale=source.parent.parent.name, abort_invalid=True)
        part = target.with_suffix(".part")
        with part.open("wb") as stream:
            write_mo(stream, catalogue)
        os.replace(part, target)  # noqa: PTH105
        made.append(target)
    return made


class Translations(BuildHookInterface[Any]):
    """Found by hatchling in this file."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        compile_catalogues(Path(self.root))
