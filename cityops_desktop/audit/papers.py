"""Papers that the station signed: a text, its SHA-256 and the signature (Ed25519) over it; and the file in which they leave the machine.

The text is canonical JSON. The file is canonical, too: a byte that is changed anywhere in it, or in the store, is found.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cityops_desktop.audit.keys import Key, fingerprint, signed
from cityops_desktop.model.canonical import canonical

FORMAT = 1
WHAT = "CityOps Desktop handover"
_FIELDS = frozenset({"text", "hash", "public", "signature"})
_FILE = frozenset({"format", "what", "papers"})


@dataclass(frozen=True, slots=True)
class Paper:
    """All but the text in lower-case hex."""

    text: str
    hash: str
    public: str
    signature: str


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """What a file is: its papers as they read, the fingerprints of the keys that signed them, and what is wrong: (code, paper or "")."""

    papers: tuple[Mapping[str, Any], ...]
    keys: tuple[str, ...]
    findings: tuple[tuple[str, str], ...]


def sealed(content: Mapping[str, object], key: Key) -> Paper:
    """Sign it."""
    text = canonical(content)
    hash = digest(text)
    return Paper(text, hash, key.public.hex(), key.sign(signed_text(hash)))


def digest(text: str) -> str:
    """SHA-256 of a text, in hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def signed_text(hash: str) -> str:
    """What the station's key signs."""
    return f"{WHAT} {FORMAT}\n{hash}\n"


def wrong(paper: Paper) -> str:
    """What is wrong with it: altered, wrong_signature, or "" for a paper that is as the holder of its key signed it."""
    if digest(paper.text) != paper.hash:
        return "altered"
    if paper.public != paper.public.lower() or paper.signature != paper.signature.lower():
        return "wrong_signature"
    try:
        public = bytes.fromhex(paper.public)
    except ValueError:
        return "wrong_signature"
    return "" if signed(public, signed_text(paper.hash), paper.signature) else "wrong_signature"


def key_of(paper: Paper) -> str:
    """The fingerprint of the key that it names."""
    try:
        return fingerprint(bytes.fromhex(paper.public))
    except ValueError:
        return ""


def file_of(papers: Iterable[Paper]) -> bytes:
    """The papers as one file."""
    told = [{"text": one.text, "hash": one.hash, "public": one.public, "signature": one.signature} for one in papers]
    return canonical({"format": FORMAT, "what": WHAT, "papers": told}).encode("utf-8", "surrogatepass")


def check(data: bytes) -> CheckedFile:
    """Look at every byte of a file. A file that is none has the finding "no_file"."""
    try:
        text = data.decode("utf-8")
        told = json.loads(text)
        if set(told) != _FILE or told["format"] != FORMAT or told["what"] != WHAT or canonical(told) != text:
            return _none()
        papers = [_paper(one) for one in told["papers"]]
    except (ValueError, TypeError, KeyError, RecursionError):
        return _none()
    findings: list[tuple[str, str]] = []
    read: list[Mapping[str, Any]] = []
    for number, paper in enumerate(papers, 1):
        what, told_here = wrong(paper), content(paper.text)
        if what or told_here is None:
            findings.append((what or "no_paper", str(number)))
        else:
            read.append(told_here)
    if not papers:
        findings.append(("no_file", ""))
    findings += _apart(read, papers) if len(read) == len(papers) else []
    return CheckedFile(tuple(read), tuple(dict.fromkeys(map(key_of, papers))), tuple(findings))


def _apart(read: list[Mapping[str, Any]], papers: list[Paper]) -> list[tuple[str, str]]:
    """Both signatures must be under the sheet that lies beside them."""
    sheets = {paper.hash for one, paper in zip(read, papers, strict=True) if one.get("kind") == "frozen"}
    return [("other_sheet", str(n)) for n, one in enumerate(read, 1) if one.get("kind") == "signed" and one.get("sheet") not in sheets]


def _paper(told: Any) -> Paper:
    if not isinstance(told, dict) or set(told) != _FIELDS or not all(isinstance(value, str) for value in told.values()):
        raise ValueError("no paper")
    return Paper(**told)


def content(text: str) -> Mapping[str, Any] | None:
    """What a paper says; None when it cannot be read."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _none() -> CheckedFile:
    return CheckedFile((), (), (("no_file", ""),))
