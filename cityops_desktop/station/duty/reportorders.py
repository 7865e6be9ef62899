"""What is to be made: a report of a kind about a span, or the figures of an evaluation. Makes nothing."""

from dataclasses import dataclass

from cityops_desktop.duty.reports import Kind


@dataclass(frozen=True, slots=True)
class Order:
    """`actor` "station" of what is made by itself; `whom` it is for; `evaluation` of which it is the report, or (`reckon`) whose figures
    are collected and nothing is printed."""

    id: str
    kind: Kind
    begin: int
    end: int
    language: str
    actor: str = "station"
    actor_name: str = ""
    schedule: str = ""
    whom: str = ""
    evaluation: str = ""
    reckon: bool = False

    @property
    def what(self) -> tuple[str, str, int, str, bool]:
        """The same again is not made twice at once."""
        return self.kind.value, self.schedule, self.begin, self.evaluation, self.reckon
