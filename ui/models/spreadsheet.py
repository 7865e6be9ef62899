"""Words in a file that a spreadsheet opens: shown as they are, never reckoned, whatever they begin with. Writes no file."""

import importlib
from typing import Any

_SIGNS = ("=", "+", "-", "@", "\t", "\r")


def no_formula(text: str) -> str:
    """A name for a CSV. A dash alone is none: it says that there is nothing."""
    return f"'{text}" if text.startswith(_SIGNS) and text != "-" else text


def sheet_cell(page: Any, value: object = None) -> Any:
    """A cell of a workbook, of which words are words. openpyxl is loaded only now: few ever need it."""
    made = importlib.import_module("openpyxl.cell").WriteOnlyCell(page, value)
    if isinstance(value, str):
        made.data_type = "s"
    return made
