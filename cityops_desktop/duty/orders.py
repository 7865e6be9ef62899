"""The life of a work order as a table: (state, event) -> state. What is not in the table cannot happen. Pure."""

from collections.abc import Mapping
from enum import StrEnum


class OrderState(StrEnum):
    """From raising it to the check by somebody else than who did it."""

    OPEN = "open"
    ASSIGNED = "assigned"
    RUNNING = "running"
    DONE = "done"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class OrderEvent(StrEnum):
    """What people do about an order."""

    ASSIGN = "assign"
    BEGIN = "begin"
    DONE = "done"
    ACCEPT = "accept"
    REJECT = "reject"
    CANCEL = "cancel"


ORDER: Mapping[tuple[OrderState, OrderEvent], OrderState] = {
    (OrderState.OPEN, OrderEvent.ASSIGN): OrderState.ASSIGNED,
    (OrderState.ASSIGNED, OrderEvent.ASSIGN): OrderState.ASSIGNED,
    (OrderState.RUNNING, OrderEvent.ASSIGN): OrderState.ASSIGNED,
    (OrderState.OPEN, OrderEvent.BEGIN): OrderState.RUNNING,
    (OrderState.ASSIGNED, OrderEvent.BEGIN): OrderState.RUNNING,
    (OrderState.ASSIGNED, OrderEvent.DONE): OrderState.DONE,
    (OrderState.RUNNING, OrderEvent.DONE): OrderState.DONE,
    (OrderState.DONE, OrderEvent.ACCEPT): OrderState.CLOSED,
    (OrderState.DONE, OrderEvent.REJECT): OrderState.RUNNING,
    (OrderState.OPEN, OrderEvent.CANCEL): OrderState.CANCELLED,
    (OrderState.ASSIGNED, OrderEvent.CANCEL): OrderState.CANCELLED,
    (OrderState.RUNNING, OrderEvent.CANCEL): OrderState.CANCELLED,
}
"""Only what was done and then accepted is closed; nothing leads out of CLOSED and CANCELLED."""
ENDED = frozenset({OrderState.CLOSED, OrderState.CANCELLED})
"""An order in such a state waits for nobody."""
