"""What the cells of the equipment page tell besides their text."""

from PySide6.QtCore import Qt

NODE_ROLE = Qt.ItemDataRole.UserRole
KEY_ROLE = Qt.ItemDataRole.UserRole + 1
STALE_ROLE = Qt.ItemDataRole.UserRole + 2
"""Is this cell's value not the state of the world now?"""
LEVEL_ROLE = Qt.ItemDataRole.UserRole + 3
"""(level, filled) of the worst open alarm, or None."""
ROW_ROLE = Qt.ItemDataRole.UserRole + 4
"""(name, what the tree tells, how deep it stands) of a whole row of the tree: one question instead of a dozen a cell."""
