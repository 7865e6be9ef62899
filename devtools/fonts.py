"""Makes resources/fonts from Noto Sans CJK SC: a renamed subset that looks the same on every machine. Run by `dev.py fonts`.

Two runs give the same bytes: time stamps are those of the source.
"""

import argparse
import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter  # type: ignore[import-untyped]
from fontTools.ttLib import TTCollection, TTFont  # type: ignore[import-untyped]

FAMILY = "CityOps Sans"
WEIGHTS = ("Regular", "Bold")
SOURCE = Path("/usr/share/fonts/opentype/noto")  # Debian's package fonts-noto-cjk
TARGET = Path(__file__).resolve().parent.parent / "resources" / "fonts"

RANGES = (
    (0x0020, 0x007E),  # ASCII
    (0x00A0, 0x017F),  # Latin-1, Latin Extended-A
    (0x0370, 0x03FF),  # Greek
    (0x2000, 0x206F),  # punctuation
    (0x2070, 0x209F),  # superscripts and subscripts
    (0x20A0, 0x20BF),  # currencies
    (0x2100, 0x218F),  # letterlike (degree Celsius, No), fractions, Roman numerals
    (0x2190, 0x23FF),  # arrows, mathematics, technical
    (0x2460, 0x27BF),  # enclosed numbers, boxes, blocks, geometric shapes, warning and check marks
    (0x3000, 0x303F),  # CJK punctuation
    (0x3380, 0x33DF),  # square units
    (0xFF00, 0xFFEF),  # full-width forms
    (0xFFFD, 0xFFFD),
)
# These share their glyph with a commoner sign, and a PDF's text layer would then name the wrong one (as Kangxi radicals do for hanzi).
LEFT_OUT = {0x00AD, 0x2003, 0x2011, 0x2012, 0x2027, 0x2035, 0x2215, 0x22EF, 0x2329, 0x232A, 0x301C, 0x30FB, *range(0x2780, 0x2794)}
LICENCE_RECORDS = {0, 7, 8, 9, 11, 12, 13, 14}  # copyright, trademark, makers, licence


def gb2312() -> set[int]:
    """All 6763 hanzi and 682 signs of GB/T 2312-1980."""
    found = set()
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes((row, cell)).decode("gb2312")))
            except UnicodeDecodeError:
                continue  # an empty place of the table
    return found


def wanted() -> set[int]:
    """The code points that the subset asks for; those that the source lacks are simply not there."""
    return (gb2312() | {code for first, last in RANGES for code in range(first, last + 1)}) - LEFT_OUT


def rename(font: TTFont, weight: str) -> None:
    """Give every name record of ours the new family, as the licence demands of a modified version; keep the licence's records."""
    version = font["name"].getDebugName(5).split(";")[0]
    postscript = f"{FAMILY.replace(' ', '')}-{weight}"
    full = FAMILY if weight == "Regular" else f"{FAMILY} {weight}"
    texts = {
        1: FAMILY,
        2: weight,
        3: f"{version};{postscript}",
        4: full,
        5: version,
        6: postscript,
        10: "A subset of Noto Sans CJK SC, renamed. Made by dev.py of CityOps Desktop.",
    }
    names = font["name"]
    names.names = [record for record in names.names if record.nameID in LICENCE_RECORDS and record.langID == 0x409]
    for number, text in texts.items():
        names.setName(text, number, 3, 1, 0x409)
    cff = font["CFF "].cff
    cff.fontNames = [postscript]
    top = cff.topDictIndex[0]
    top.FullName, top.FamilyName = full, FAMILY


def make(source: Path, weight: str, target: Path) -> Path:
    """Write one weight into the folder `target`. OSError when the source is not there, ValueError when it has no SC face."""
    collection = TTCollection(source / f"NotoSansCJK-{weight}.ttc", lazy=True)
    font = next((f for f in collection.fonts if f["name"].getDebugName(1) == "Noto Sans CJK SC"), None)
    if font is None:
        raise ValueError(f"no face “Noto Sans CJK SC” in {source}")
    options = Options()
    options.layout_features = ["kern", "mark", "mkmk", "ccmp"]
    options.drop_tables += ["BASE", "VORG", "vhea", "vmtx"]  # for vertical setting
    options.name_IDs = ["*"]
    options.name_languages = [0x409]
    options.notdef_outline = True
    options.recalc_timestamp = False
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=wanted())
    subsetter.subset(font)
    rename(font, weight)
    font.recalcTimestamp = False
    path = target / f"{FAMILY.replace(' ', '')}-{weight}.otf"
    font.save(path)
    return path


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py fonts", description=__doc__)
    parser.add_argument("--source", type=Path, default=SOURCE, help="folder with NotoSansCJK-Regular.ttc and -Bold.ttc")
    parser.add_argument("--target", type=Path, default=TARGET, help="folder to write to")
    arguments = parser.parse_args()
    for weight in WEIGHTS:
        try:
            path = make(arguments.source, weight, arguments.target)
        except FileNotFoundError as error:
            sys.stderr.write(f"{error.filename} is not there: sudo apt-get install fonts-noto-cjk, or give --source\n")
            return 1
        sys.stdout.write(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
