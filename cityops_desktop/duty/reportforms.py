"""Reads templates of reports and agreements about evaluation (YAML): every problem of a text with its line. Publishes nothing.

Those of resources/reports come with the program; a site publishes its own (station/acts/reports.py), which hold instead.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from cityops_desktop.duty.evaluation import Agreement
from cityops_desktop.duty.reports import Kind, Template
from cityops_desktop.errors import OperatorError
from cityops_desktop.paths import RESOURCES
from cityops_desktop.room.document import read_document
from cityops_desktop.room.findings import Findings, keys_of
from cityops_desktop.room.tree import Node
from cityops_desktop.texts import N_

FOLDER = RESOURCES / "reports"
EXAMPLE = FOLDER / "agreement-example.yaml"


def read_template(text: str, where: Path = Path("template.yaml")) -> Template:
    """The template that this text is. OperatorError with every problem and its line."""
    root = read_document(where, text)
    findings = Findings()
    made = findings.check(root, Template)
    if isinstance(root.value, dict):
        findings.known_keys(root, keys_of(Template))
    if made is None or findings:
        raise OperatorError(findings.problems())
    return made


@cache
def shipped_text(kind: Kind) -> str:
    """The text of the template that comes with the program."""
    return (FOLDER / f"{kind.value}.yaml").read_text(encoding="utf-8")


@cache
def shipped(kind: Kind) -> Template:
    """The template that comes with the program."""
    return read_template(shipped_text(kind), FOLDER / f"{kind.value}.yaml")


def read_agreement(text: str, figures: Sequence[str] = (), where: Path = Path("agreement.yaml")) -> Agreement:
    """The agreement that this text is; `figures` are those that there are. OperatorError with every problem and its line."""
    root = read_document(where, text)
    findings = Findings()
    if isinstance(root.value, dict):
        findings.known_keys(root, keys_of(Agreement))
    made = findings.check(root, Agreement)
    if made is not None:
        _look(made, root, figures, findings)
    if made is None or findings:
        raise OperatorError(findings.problems())
    return made


def _look(made: Agreement, root: Node, figures: Sequence[str], findings: Findings) -> None:
    known = {one.id for one in made.questions}
    _each_once([one.id for one in made.indicators], "indicators", root, findings)
    _each_once([one.id for one in made.questions], "questions", root, findings)
    for number, grade in enumerate(made.grades[1:], 1):
        if grade.least >= made.grades[number - 1].least:
            place = root.at(("grades", number, "least"))
            findings.add(place, N_("the grades are not in their order"), N_("write the best one first, each with fewer points"))
    for number, question in enumerate(made.questions):
        if question.most <= question.least:
            findings.add(root.at(("questions", number)), N_("this scale has no length"), N_("“most” is more than “least”"))
    for number, one in enumerate(made.indicators):
        place = root.at(("indicators", number))
        if bool(one.figure) is bool(one.questions):
            findings.add(place, N_("an indicator is measured either by “figure” or by “questions”"), N_("keep one of the two"))
        if one.figure and (one.good is None or one.poor is None or one.good == one.poor):
            findings.add(
                place, N_("“good” and “poor” are missing, or the same"), N_("write what is worth the whole weight, and what nothing")
            )
        if one.figure and figures and one.figure not in figures:
            findings.unknown(root.at(("indicators", number, "figure")), N_("there is no figure “{word}”"), one.figure, figures)
        for id in one.questions:
            if id not in known:
                findings.unknown(root.at(("indicators", number, "questions")), N_("there is no question “{word}”"), id, sorted(known))


def _each_once(ids: Sequence[str], key: str, root: Node, findings: Findings) -> None:
    for number, id in enumerate(ids):
        if id in ids[:number]:
            findings.add(root.at((key, number, "id")), N_("“{id}” stands here twice"), N_("give each its own id"), id=id)
