"""Brings the catalogues up to date with the messages in the code, and compiles them. Run by `dev.py translations`.

A message that is new stands empty in the .po file until somebody translates it; one that is gone is dropped.
"""

import ast
import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from hatch_build import compile_catalogues

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = ROOT / "resources" / "translations"
MARKS = ("tr", "N_")
PACKAGES = ("cityops_desktop", "ui", "drivers")


def extract() -> Catalog:
    """Every message of the code. From the syntax tree: Babel's own reader sees nothing inside an f-string."""
    template = Catalog(charset="utf-8")
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for message in messages_of(path.read_text("utf-8")):
                template.add(message)
    return template


def messages_of(code: str) -> list[str]:
    """The texts that this code gives to `tr` and `N_`, in the order of the code."""
    calls = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    return [text for call in calls if call.func.id in MARKS and call.args for text in _texts(call.args[0])]  # type: ignore[attr-defined]


def _texts(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    return [*_texts(node.body), *_texts(node.orelse)] if isinstance(node, ast.IfExp) else []


def read(path: Path) -> Catalog:
    """The catalogue `<language>/LC_MESSAGES/<domain>.po`. Babel's ValueError tells where it is malformed."""
    with path.open("rb") as stream:
        return read_po(stream, locale=path.parent.parent.name, abort_invalid=True)


def update(path: Path) -> int:
    """Rewrite one catalogue, sorted, in the order of its messages; returns how many still lack a translation."""
    catalogue, template = read(path), extract()
    template.creation_date = catalogue.creation_date
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    out = io.BytesIO()
    write_po(out, catalogue, width=0, no_location=True, sort_output=True)
    path.write_bytes(out.getvalue())
    return sum(1 for message in catalogue if message.id and (message.fuzzy or not message.string))


def main() -> int:
    left = 0
    for path in sorted(CATALOGUES.rglob("*.po")):
        open_messages = update(path)
        sys.stdout.write(f"{path.relative_to(ROOT)}: {open_messages} messages to translate\n")
        left += open_messages
    compile_catalogues(ROOT)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
