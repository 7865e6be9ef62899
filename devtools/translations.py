"""Brings the catalogues up to date with the messages in the code, and compiles them. Run by `dev.py translations`.

A message that is new stands empty in the .po file until somebody translates it; one that is gone is dropped.
"""

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from hatch_build import compile_catalogues

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = ROOT / "resources" / "translations"
KEYWORDS = {"tr": None, "N_": None}
PACKAGES = ("cityops_desktop", "ui", "drivers")


def extract() -> Catalog:
    """Every message of the code."""
    template = Catalog(charset="utf-8")
    for package in PACKAGES:
        for _, _, message, _, _ in extract_from_dir(ROOT / package, method_map=[("**.py", "python")], keywords=KEYWORDS):
            template.add(message)
    return template


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
