"""The one text of a JSON value: what is hashed, compared and signed. Knows no table."""

import json

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def canonical(value: object) -> str:
    """JSON with sorted keys, no blanks, no NaN: the same content is always the same text."""
    return _encode(value)
