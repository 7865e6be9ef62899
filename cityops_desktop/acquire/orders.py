"""An order to write one value, as a bus thread takes it: with its deadline, and told once what became of it."""

from collections.abc import Callable
from dataclasses import dataclass

from cityops_desktop.model.drivers import Written


@dataclass(frozen=True, slots=True)
class Order:
    """Write this value (in the point's unit) to this point; never begun after `deadline` (monotonic seconds).

    `forbidden` is asked just before anything is sent: a code when that may not be done any more. `done` is called exactly once. Both on any
    thread; they must not block.
    """

    point: str
    value: float
    deadline: float
    done: Callable[[Written], None]
    forbidden: Callable[[], str] = str
