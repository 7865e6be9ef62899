"""What an engineer says of devices that wait."""

from collections.abc import Mapping

from cityops_desktop.link.acts import AdmitDevices, ShownDevice
from ui.link import Link, OnResult


def admit(link: Link, *, shown: Mapping[str, str], why: str, on_result: OnResult) -> None:
    """These devices belong where they are: by id, the digest of the identity that the person was shown."""
    link.command(AdmitDevices(devices=[ShownDevice(device=id, digest=digest) for id, digest in shown.items()], why=why), on_result)
