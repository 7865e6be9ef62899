"""What may be attached to a record: pictures, PDF, plain text and tables, told by their content and never by their name. Opens no file."""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

MOST_BYTES = 2 * 1024 * 1024
LONGEST_NAME = 120
LONGEST_SIDE = 20_000
"""Pixels of a picture: whoever looks at it must not run out of memory."""
IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})
PDF, TEXT, TABLE = "application/pdf", "text/plain", "text/csv"
MEDIA = IMAGES | {PDF, TEXT, TABLE}
ENDINGS: Mapping[str, tuple[str, ...]] = {
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "image/bmp": (".bmp",),
    PDF: (".pdf",),
    TEXT: (".txt", ".log", ".md"),
    TABLE: (".csv",),
}
"""Endings of names that fit; the first is given to a name without one."""
_UNWANTED = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]')
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")


class _Size(NamedTuple):
    """Pixels of a picture."""

    wide: int
    high: int


def media_of(data: bytes, name: str) -> str | None:
    """The media type of these bytes; None = nothing that may be attached. The name only tells a table from other text."""
    for media, look in _PICTURES.items():
        if (size := look(data)) is not None:
            return media if 0 < size.wide <= LONGEST_SIDE and 0 < size.high <= LONGEST_SIDE else None
    if data.startswith(b"%PDF-"):
        return PDF
    if not _is_text(data):
        return None
    return TABLE if name.lower().endswith(".csv") else TEXT


def file_name(name: str, media: str) -> str:
    """The name under which it is kept: one that every system can write, with an ending that fits its content."""
    bare = _UNWANTED.sub("_", name.replace("\\", "/").rpartition("/")[2]).strip(" .")
    stem, _, own = bare.rpartition(".")
    ending = f".{own.lower()}"
    if stem and ending in ENDINGS[media]:
        bare = stem
    else:
        ending = ENDINGS[media][0]
    bare = bare.strip(" .") or "file"
    if _RESERVED.fullmatch(bare):
        bare = f"_{bare}"
    return bare[: LONGEST_NAME - len(ending)].rstrip(" .") + ending


def _is_text(data: bytes) -> bool:
    """Readable text: UTF-8 or GB 18030, with nothing in it that steers a terminal."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return bool(text) and _CONTROL.search(text) is None
    return False


def _png(data: bytes) -> _Size | None:
    if not data.startswith(b"\x89PNG\r\n\x1a\n") or data[12:16] != b"IHDR":
        return None
    return _Size(int.from_bytes(data[16:20]), int.from_bytes(data[20:24]))


def _gif(data: bytes) -> _Size | None:
    if data[:6] not in (b"GIF87a", b"GIF89a") or len(data) < 10:
        return None
    return _Size(int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little"))


def _bmp(data: bytes) -> _Size | None:
    if not data.startswith(b"BM") or len(data) < 30 or int.from_bytes(data[14:18], "little") not in (40, 108, 124):
        return None
    wide, high = (int.from_bytes(data[at : at + 4], "little", signed=True) for at in (18, 22))
    return _Size(wide, abs(high))


def _webp(data: bytes) -> _Size | None:
    """RFC 9649: simple lossy, simple lossless, extended."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or len(data) < 30:
        return None
    if data[12:16] == b"VP8X":
        return _Size(1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little"))
    if data[12:16] == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        return _Size(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    if data[12:16] == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        return _Size(int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF)
    return None


def _jpeg(data: bytes) -> _Size | None:
    """From marker to marker until the one that opens a frame (ITU-T T.81, B.1.1.3)."""
    if not data.startswith(b"\xff\xd8\xff"):
        return None
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return _Size(int.from_bytes(data[at + 7 : at + 9]), int.from_bytes(data[at + 5 : at + 7]))
        if marker == 0xDA:
            break
        at += 2 + int.from_bytes(data[at + 2 : at + 4])
    return _Size(0, 0)


_PICTURES: Mapping[str, Callable[[bytes], _Size | None]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/gif": _gif,
    "image/webp": _webp,
    "image/bmp": _bmp,
}
