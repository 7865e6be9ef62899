"""The menu of this console's sound: who says the words, in which language, how loud, and a try. Holds no settings, plays nothing."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from cityops_desktop.texts import tr
from ui.player import has_voice
from ui.sound import Sound


class SoundMenu(QMenu):
    """`chosen` tells the key and the value of what is to be remembered (SPOKEN, LANGUAGE, VOLUME)."""

    chosen = Signal(str, str)

    SPOKEN, LANGUAGE, VOLUME = "speech", "speech-language", "volume"

    def __init__(self, sound: Sound, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sound = sound
        self.retranslate()

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.clear()
        self.setTitle(tr("Sound and speech"))
        voices = [("clips", tr("Tone and words")), ("system", tr("Tone and the voice of this machine")), ("off", tr("Tone only"))]
        if not has_voice():
            del voices[1]
        self._add(tr("An alarm is told by"), self.SPOKEN, voices, self._sound.voice)
        speaker = self._sound.speaker
        languages = (("window", tr("As the window")), ("zh_CN", "中文"), ("en", "English"))
        self._add(tr("Words in"), self.LANGUAGE, languages, (speaker.chosen if speaker else "") or "window")
        volumes = (("low", tr("Quiet")), ("middle", tr("Medium")), ("high", tr("Loud")))
        self._add(tr("Volume"), self.VOLUME, volumes, self._sound.volume)
        self.addSeparator()
        self.addAction(tr("Try it")).triggered.connect(self._sound.try_out)

    def _add(self, title: str, key: str, choices: Sequence[tuple[str, str]], now: str) -> None:
        self.addSection(title)
        group = QActionGroup(self)
        for value, words in choices:
            action = self.addAction(words)
            action.setCheckable(True)
            action.setChecked(value == now)
            action.setActionGroup(group)
            action.triggered.connect(lambda checked=False, value=value: self.choose(key, value))

    def choose(self, key: str, value: str) -> None:
        """Take it, let it be heard, and tell it."""
        take(self._sound, key, value)
        self._sound.try_out()
        self.chosen.emit(key, value)


def take(sound: Sound, key: str, value: str) -> None:
    """A choice of the menu, now or from what was remembered."""
    if key == SoundMenu.VOLUME:
        sound.set_volume(value)
    elif key == SoundMenu.SPOKEN:
        sound.voice = value
    elif sound.speaker is not None:
        sound.speaker.chosen = "" if value == "window" else value
