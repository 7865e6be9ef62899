"""Whatever a verification can find has its sentence, its cure and its line in docs/audit.md."""

import re
from pathlib import Path

import pytest

from cityops_desktop import audit
from cityops_desktop.sentences import AUDIT_FINDINGS, finding_text

SOURCES = "".join(path.read_text("utf-8") for path in Path(next(iter(audit.__path__))).glob("*.py"))
PAGE = (Path(__file__).parents[3] / "docs" / "audit.md").read_text("utf-8")


def test_every_code_that_is_found_is_known_and_no_other() -> None:
    made = set(re.findall(r'Finding\(\s*"(\w+)"', SOURCES)) | set(re.findall(r'_fails\(\s*"(\w+)"', SOURCES))
    made |= set(re.findall(r'"(\w+)" if head else "(\w+)"', SOURCES)[0])
    assert made == AUDIT_FINDINGS.keys()


@pytest.mark.parametrize("code", AUDIT_FINDINGS)
def test_a_finding_is_told_with_its_cure_and_stands_in_the_page(code: str) -> None:
    what, do = finding_text(code, 3, 5, "account:1", "x")
    assert what
    assert do
    assert "{" not in what + do
    assert f"`{code}`" in PAGE
