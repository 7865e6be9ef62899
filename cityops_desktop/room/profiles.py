"""Finds and reads device profiles: those beside the room file win over those that come with the program."""

from dataclasses import dataclass
from pathlib import Path

from cityops_desktop import paths
from cityops_desktop.errors import OperatorError
from cityops_desktop.room.document import DocumentError, read_document
from cityops_desktop.room.findings import Findings, keys_of, named
from cityops_desktop.room.grammar import ProfilePart
from cityops_desktop.room.tree import Node
from cityops_desktop.texts import N_

_KEYS = ("profile", "device", "points", "guidance")


@dataclass(frozen=True, slots=True)
class Profile:
    """A device type: its head, the defaults of a device's options, its points and its guidance, the latter still as nodes of its file."""

    head: ProfilePart
    device: Node
    points: tuple[Node, ...]
    guidance: tuple[Node, ...] = ()


class Profiles:
    """The profiles of one room file; each file is read once."""

    def __init__(self, room_file: Path, findings: Findings) -> None:
        self._folders = (room_file.parent / "profiles", paths.PROFILES)
        self._findings = findings
        self._read: dict[str, Profile | None] = {}

    def names(self) -> list[str]:
        """All profiles that could be named, sorted."""
        return sorted({file.stem for folder in self._folders if folder.is_dir() for file in folder.glob("*.yaml") if file.is_file()})

    def get(self, name: str, where: Node) -> Profile | None:
        """The profile of this name; None when it does not exist or is broken, which is then among the findings."""
        if name not in self._read:
            names = self.names()
            if name not in names:
                self._findings.unknown(where, N_("there is no profile “{word}”"), name, names)
                return None
            file = next(file for folder in self._folders if (file := folder / f"{name}.yaml").is_file())
            self._read[name] = read_profile(file, self._findings)
        return self._read[name]


def read_profile(file: Path, findings: Findings) -> Profile | None:
    """A profile's file; its points and device defaults are checked when a device uses them, with the driver of its bus."""
    try:
        root = read_document(file)
    except DocumentError as error:
        for problem in error.problems:
            findings.take(problem)
        if error.tree is None:
            return None
        root = error.tree
    except OperatorError as error:
        for problem in error.problems:
            findings.take(problem)
        return None
    if not isinstance(root.value, dict):
        findings.add(root, N_("this is not a profile"), N_("begin with “profile:”, as docs/room-file.md shows"))
        return None
    findings.known_keys(root, _KEYS)
    head_node = root.get("profile")
    if head_node is None or not isinstance(head_node.value, dict):
        findings.add(head_node or root, N_("“{key}” is missing"), N_("add “{key}:” here"), key="profile")
        return None
    findings.known_keys(head_node, keys_of(ProfilePart))
    head = findings.check(named(head_node, "name"), ProfilePart)
    if head is not None and head.id != file.stem:
        where = head_node.get("id") or head_node
        findings.add(where, N_("the profile's id is “{id}”, its file is {file}"), N_("give both the same name"), id=head.id, file=file.name)
    device = root.get("device")
    if device is not None and not isinstance(device.value, dict):
        findings.add(device, N_("“{key}” must be made of keys and values"), N_("indent “key: value” lines below it"), key="device")
        device = None
    points = tuple(findings.section(root, "points"))
    guidance = tuple(findings.section(root, "guidance"))
    return None if head is None else Profile(head, device or Node({}, head_node.where), points, guidance)
