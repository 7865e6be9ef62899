"""A cradle of a patrol wand (巡更棒), or a memory scanner, on a serial port of the station: where it is, how its lines are to be read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wand:
    """`columns`: what a line's columns say (code, time, day, reader, person) and their numbers from 1, split at `separator`; `form` of the
    times, "" = one that can be only one thing. Without a column of a time a line proves no more than a code scanned at the desk."""

    id: str
    port: str
    baudrate: int = 9600
    separator: str = ","
    columns: tuple[tuple[str, int], ...] = (("code", 1),)
    form: str = ""
