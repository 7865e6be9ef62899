"""The refusal of an act, as a code that the console turns into words (cityops_desktop.sentences.COMMAND_CODES)."""

from typing import Self


class Refused(Exception):
    """Not done, and why: `code` with the `params` of its sentence."""

    def __init__(self, code: str, **params: str | int | float) -> None:
        super().__init__(f"{code} {params}" if params else code)
        self.code = code
        self.params = params
        self.about: dict[str, object] = {}
        """What the record of the refusal says besides (whose account, the true reason); never answered."""

    def of(self, **about: object) -> Self:
        """The same, with more for the record."""
        self.about |= about
        return self
