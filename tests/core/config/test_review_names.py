"""What a draft may be before anything of it is read."""

import json

import pytest

from cityops_desktop.config.review import draft_files


def test_a_name_that_is_no_text_is_told_as_malformed() -> None:
    body = json.dumps({"files": {"room.yaml": "x", "profiles/\ud800.yaml": "x"}}).encode()
    with pytest.raises(ValueError, match="no text"):
        draft_files(body)
    assert draft_files(b'{"files":{"room.yaml":"x"}}') == {"room.yaml": "x"}
