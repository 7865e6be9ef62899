"""What stands on every page of a printed report. Prints nothing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Printed:
    """Title, room, domain, the moment in words, the program, "" or that it is a demo."""

    title: str
    room: str
    domain: str
    when: str
    program: str
    demo: str
