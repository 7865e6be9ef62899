"""What may be attached is told by its content: no name makes a page or a program into a picture, and no name leads out of a folder."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.duty.attachments import LONGEST_NAME, LONGEST_SIDE, MEDIA, file_name, media_of


def png(wide: int = 2, high: int = 2) -> bytes:
    head = struct.pack(">II5B", wide, high, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))


JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
JPEG += b"\xff\xc0\x00\x11\x08\x00\x10\x00\x20\x03\x01\x22\x00\x02\x11\x01"
GIF = b"GIF89a\x02\x00\x03\x00\x80\x00\x00"
BMP = b"BM" + b"\0" * 12 + struct.pack("<Iii", 40, 2, -3) + b"\0" * 28
WEBP = b"RIFF\x24\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x01\0\0\x02\0\0" + b"\0" * 10


@pytest.mark.parametrize(
    ("data", "name", "media"),
    [
        (png(), "a.exe", "image/png"),
        (JPEG, "", "image/jpeg"),
        (GIF, "x", "image/gif"),
        (BMP, "x", "image/bmp"),
        (WEBP, "x", "image/webp"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "a.png", "application/pdf"),
        ("漏水\r\n\t第二行".encode(), "a.html", "text/plain"),
        ("漏水".encode("gb18030"), "巡更.CSV", "text/csv"),
        ("\ufeffa,b\n".encode(), "a.csv", "text/csv"),
        (b"<html><script>alert(1)</script>", "a.html", "text/plain"),
        (b"", "a.txt", None),
        (b"MZ\x90\0\x03\0\0\0", "a.txt", None),
        (b"\x7fELF\x02\x01\x01\0", "a.png", None),
        (b"PK\x03\x04\x14\0\0\0", "a.docx", None),
        (b"\x1b[2J steers a terminal", "a.txt", None),
        (b"\xff\xd8\xff\xe0", "a.jpg", None),
        (png(LONGEST_SIDE + 1, 1), "a.png", None),
        (png(0, 1), "a.png", None),
    ],
)
def test_what_it_is_says_the_content(data: bytes, name: str, media: str | None) -> None:
    assert media_of(data, name) == media


@given(st.sampled_from([b"", png(), JPEG, GIF, BMP, WEBP]), st.integers(0, 60), st.binary(max_size=30))
def test_no_bytes_are_too_odd(picture: bytes, cut: int, more: bytes) -> None:
    assert media_of(picture[:cut] + more, "a") in MEDIA | {None}


@given(st.text(max_size=200), st.sampled_from(sorted(MEDIA)))
def test_any_name_becomes_one_that_every_system_can_write(name: str, media: str) -> None:
    found = file_name(name, media)
    assert 1 < len(found) <= LONGEST_NAME and not set(found) & set('<>:"/\\|?*\0\n') and not found.startswith(".")
    assert file_name(found, media) == found


@pytest.mark.parametrize(
    ("name", "media", "kept"),
    [
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("C:\\temp\\现场 照片.JPG", "image/jpeg", "现场 照片.jpg"),
        ("virus.exe", "image/png", "virus.exe.png"),
        ("report.pdf", "application/pdf", "report.pdf"),
        ("ups.log", "text/plain", "ups.log"),
        ("con.txt", "text/plain", "_con.txt"),
        ("...", "image/png", "file.png"),
    ],
)
def test_names(name: str, media: str, kept: str) -> None:
    assert file_name(name, media) == kept
