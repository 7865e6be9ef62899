"""The refusal of an act, as a code that the console turns into words (cityops_desktop.sentences.COMMAND_CODES)."""


class Refused(Exception):
    """Not done, and why: `code` with the `params` of its sentence."""

    def __init__(self, code: str, **params: str | int | float) -> None:
        super().__init__(f"{code} {params}" if params else code)
        self.code = code
        self.params = params
