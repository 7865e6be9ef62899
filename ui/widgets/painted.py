"""What a widget that paints its own text tells about it, so that a test can see whether anything is cut. Paints nothing."""

from typing import Protocol, runtime_checkable

from PySide6.QtCore import QRect
from PySide6.QtGui import QFont


@runtime_checkable
class PaintsTexts(Protocol):
    """A widget with custom painted text.

    Return each text as painted now, the place it had (widget coordinates) and its font. An elided text ends with “…”, and the
    widget's tool tip (or the `ToolTipRole` of an item) then holds the whole. The places of two texts must not overlap.
    """

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """All texts that the last paint event drew."""
        ...
