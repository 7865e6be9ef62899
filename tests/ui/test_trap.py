"""The PySide6 that loses a reference to None in every call must never come back (it ends the process after some thousand calls)."""

import sys

import pytest
from PySide6.QtWidgets import QApplication, QLabel

from cityops_desktop.errors import OperatorError
from ui.app import check_binding

CALLS = 300


def test_calls_do_not_lose_references_to_none(qapp: QApplication):
    label = QLabel()
    label.setText("warm up")
    before = sys.getrefcount(None)
    for n in range(CALLS):
        label.setText(str(n))
        label.setEnabled(True)
    assert sys.getrefcount(None) - before > -CALLS // 10


@pytest.mark.parametrize(
    ("version", "python", "sound"),
    [("6.12.0", (3, 11), False), ("6.11.3", (3, 11), True), ("6.12.0", (3, 12), True), ("6.8.3", (3, 11), True)],
)
def test_the_unsound_pair_is_refused_with_a_cure(version, python, sound):
    if sound:
        check_binding(version, python)
    else:
        with pytest.raises(OperatorError) as refusal:
            check_binding(version, python)
        assert "requirements.lock" in refusal.value.problems[0].do
