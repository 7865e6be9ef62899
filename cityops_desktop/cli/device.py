"""`device list`, `device admit`: who the devices of a running station are, and the engineer's word for those that wait."""

from typing import Annotated

import typer

from cityops_desktop.cli.app import Data, Json, app
from cityops_desktop.cli.client import ask, connect
from cityops_desktop.cli.person import As, CodeStdin, PasswordStdin, logged_in, password_of
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.link.messages import DeviceDetail, DevicesPage, IdentityInfo
from cityops_desktop.paths import default_data
from cityops_desktop.sentences import DEVICE_FACTS, DEVICE_WAITS, in_order
from cityops_desktop.texts import N_, tr

group = typer.Typer(help=tr("Who the devices are, and which wait for their admission."), no_args_is_help=True)
app.add_typer(group, name="device")


@group.callback()
def command_device() -> None:
    """Devices of a running station."""


@group.command("list", help=tr("List the devices: those that wait for their admission first."))
def list_devices(data: Data = None, as_json: Json = False) -> None:
    """Exit code 9 when one waits."""
    with connect(data or default_data()) as client:
        page = DevicesPage.model_validate(ask(client, "GET", "/api/v1/devices"))
    width = max((len(one.device) for one in page.devices), default=0)
    for one in page.devices:
        typer.echo(one.model_dump_json() if as_json else f"{one.device:{width}}  {_words(one)}")
    if any(one.waits for one in page.devices):
        raise typer.Exit(int(Exit.WRONG))


@group.command(help=tr("Admit devices that wait: they are shown, then this is asked."))
def admit(
    devices: Annotated[list[str], typer.Argument(help=tr("ids of devices"))],
    name: As,
    why: Annotated[str, typer.Option("--why", help=tr("the reason, for the record"))],
    yes: Annotated[bool, typer.Option("--yes", help=tr("do not ask"))] = False,
    password_stdin: PasswordStdin = False,
    code_stdin: CodeStdin = False,
    data: Data = None,
) -> None:
    """Exactly what was shown is admitted, or nothing."""
    password = password_of(name, password_stdin)
    with logged_in(data, name, password=password, code_stdin=code_stdin) as person:
        shown = {}
        for device in dict.fromkeys(devices):
            identity = DeviceDetail.model_validate(person.ask(f"/api/v1/devices/{device}")).identity
            if identity is None or not identity.waits:
                raise _does_not_wait(device)
            typer.echo(f"{device}  {_words(identity)}")
            shown[device] = identity.digest
        if not yes and not typer.confirm(tr("Admit them?")):
            raise typer.Exit(int(Exit.REFUSED))
        person.act("device.admit", devices=[{"device": id, "digest": digest} for id, digest in shown.items()], why=why)
    typer.echo(tr("admitted"))


def _words(one: IdentityInfo) -> str:
    """How it stands, what it says of itself, and what of that is other than was admitted."""
    now, known = one.seen or one.known, one.known
    said = {**now.place, **(now.facts or {})} if now is not None else {}
    before = {**known.place, **(known.facts or {})} if known is not None else {}
    told = []
    for name in in_order(said):
        value = said[name]
        if not value and not before.get(name):
            continue
        called = tr(DEVICE_FACTS[name]) if name in DEVICE_FACTS else name
        old = before.get(name, value)
        told.append(f"{called} {value}" if old == value else f"{called} {old} → {value}")
    return tr("{name}: {value}", name=tr(DEVICE_WAITS[one.waits]), value=tr(", ").join(told))


def _does_not_wait(device: str) -> OperatorError:
    return OperatorError(
        Problem(
            what=N_("the device {device} does not wait for its admission"),
            do=N_("look which do: cityops-desktop device list"),
            where=device,
            params={"device": device},
        ),
        Exit.REFUSED,
    )
