"""`usb-key register` and `usb-key sign`: a child process of the console that talks to a USB key, so that the window never waits for it.

Standard input: a line with the JSON of the options, and a line with the key's PIN (empty without one). Standard output, one JSON object a
line: {"touch": true} when the key waits to be touched, then {"answer": {...}} or {"error": code}. Decides nothing and keeps nothing.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

import typer
from fido2.client import ClientError, DefaultClientDataCollector, Fido2Client, PinRequiredError, UserInteraction
from fido2.ctap import CtapDevice, CtapError
from fido2.ctap2.pin import ClientPin
from fido2.hid import CtapHidDevice
from fido2.webauthn import PublicKeyCredentialCreationOptions, PublicKeyCredentialRequestOptions

from cityops_desktop.cli.app import app
from cityops_desktop.errors import Exit
from cityops_desktop.people.fido import ORIGIN

WRONG_PIN = (CtapError.ERR.PIN_INVALID, CtapError.ERR.PIN_BLOCKED, CtapError.ERR.PIN_AUTH_BLOCKED)
_ERRORS = {ClientError.ERR.DEVICE_INELIGIBLE: "not_this_key", ClientError.ERR.TIMEOUT: "not_touched"}

group = typer.Typer(hidden=True, no_args_is_help=True)
app.add_typer(group, name="usb-key")


@group.callback()
def usb_key() -> None:
    """Run by the console, not by people."""


@group.command()
def register() -> None:
    """Make a new credential on the key."""

    def make(client: Fido2Client, options: Any) -> Any:
        return client.make_credential(PublicKeyCredentialCreationOptions.from_dict(options))

    _run(make)


@group.command()
def sign() -> None:
    """Have the key prove that it is there."""

    def prove(client: Fido2Client, options: Any) -> Any:
        return client.get_assertion(PublicKeyCredentialRequestOptions.from_dict(options)).get_response(0)

    _run(prove)


class _Told(UserInteraction):
    """The console shows what is to be done; the PIN came with the order."""

    def __init__(self, pin: str) -> None:
        self._pin = pin

    def prompt_up(self) -> None:
        _say({"touch": True})

    def request_pin(self, permissions: ClientPin.PERMISSION, rp_id: str | None) -> str | None:
        return self._pin or None


def _run(talk: Callable[[Fido2Client, Any], Any]) -> None:
    told = _answer(talk, sys.stdin.readline(), sys.stdin.readline().rstrip("\r\n"))
    _say(told)
    if "error" in told:
        raise typer.Exit(int(Exit.REFUSED))


def _answer(talk: Callable[[Fido2Client, Any], Any], options: str, pin: str) -> dict[str, object]:
    try:
        asked = json.loads(options)
        keys: list[CtapDevice] = list(CtapHidDevice.list_devices())
        if len(keys) != 1:
            return {"error": "several_keys" if keys else "no_key"}
        with keys[0] as key:
            return {"answer": dict(talk(Fido2Client(key, DefaultClientDataCollector(ORIGIN), _Told(pin)), asked))}
    except PinRequiredError:
        return {"error": "pin_required"}
    except ClientError as error:
        cause = error.cause.code if isinstance(error.cause, CtapError) else None
        return {"error": "wrong_pin" if cause in WRONG_PIN else _ERRORS.get(error.code, "key_error"), "detail": str(error.cause or error)}
    except (OSError, CtapError) as error:
        return {"error": "key_error", "detail": str(error)}
    except (ValueError, KeyError, TypeError) as error:
        return {"error": "bad_options", "detail": str(error)}


def _say(told: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
