"""A small client of the station's API for the commands that have no window."""

import secrets
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.link.files import find
from cityops_desktop.link.messages import Beat, Change, Copy
from cityops_desktop.link.remote import pinned
from cityops_desktop.sentences import COMMAND_CODES
from cityops_desktop.texts import N_, tr

Event = Copy | Change | Beat
_EVENTS: dict[str, type[Copy] | type[Change] | type[Beat]] = {"copy": Copy, "change": Change, "beat": Beat}


def connect(data: Path) -> httpx.Client:
    """A client of the station of this data directory, as a console of its own. OperatorError when there is none."""
    address = find(data)
    if address is None:
        raise no_station(data)
    return httpx.Client(
        base_url=address.url,
        headers={"Authorization": f"Bearer {address.token}", "X-CityOps-Console": secrets.token_urlsafe(16)},
        timeout=httpx.Timeout(15.0),
        trust_env=False,
        verify=pinned(address.certificate) if address.certificate else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),  # http; trusts nobody
    )


def no_station(data: Path) -> OperatorError:
    """No station listens for this data directory."""
    return OperatorError(
        Problem(
            what=N_("no station is running on this data directory"),
            do=N_("start one with: cityops-desktop station --data {data} --room FILE"),
            where=str(data),
            params={"data": str(data)},
        ),
        Exit.NO_STATION,
    )


def post(client: httpx.Client, path: str, body: dict[str, Any], session: str = "") -> Any:
    """POST and return the JSON answer. OperatorError with the station's own reason when it refuses."""
    return ask(client, "POST", path, session, json=body)


def ask(client: httpx.Client, method: str, path: str, session: str = "", **more: Any) -> Any:
    """Send a request and return the JSON answer. OperatorError with the station's own reason when it refuses."""
    code, told = tried(client, method, path, session, **more)
    if code:
        raise refused(code, told.get("params", {}))
    return told


def tried(client: httpx.Client, method: str, path: str, session: str = "", **more: Any) -> tuple[str, Any]:
    """Send a request: the code of the station's refusal ("" = none) and its JSON answer. OperatorError when it does not answer."""
    try:
        answer = client.request(method, path, headers={"X-CityOps-Session": session} if session else {}, **more)
    except httpx.HTTPError as error:
        raise broken(error) from error
    told: Any = answer.json() if answer.content else {}
    return (str(told.get("code", "")) or str(answer.status_code) if answer.is_error else ""), told


def broken(error: httpx.HTTPError) -> OperatorError:
    """The connection to the station broke, or it did not answer."""
    return OperatorError(
        Problem(
            what=N_("the station does not answer: {error}"),
            do=N_("look whether it runs, then try again"),
            params={"error": str(error) or type(error).__name__},
        ),
        Exit.NO_STATION,
    )


def refused(code: str, params: dict[str, Any]) -> OperatorError:
    """The station's refusal as an error of the command line."""
    text = COMMAND_CODES.get(code, code)
    return OperatorError(
        Problem(what=N_("refused: {reason}"), do=N_("mend that and try again"), params={"reason": tr(text, **params)}), Exit.REFUSED
    )


def events(client: httpx.Client) -> Iterator[Event]:
    """The station's event stream, until either side ends it. httpx.HTTPError when it breaks."""
    with client.stream("GET", "/api/v1/stream", timeout=httpx.Timeout(5.0, read=5.0)) as answer:
        answer.raise_for_status()
        name = ""
        for line in answer.iter_lines():
            if line.startswith("event: "):
                name = line[7:]
            elif line.startswith("data: ") and name in _EVENTS:
                yield _EVENTS[name].model_validate_json(line[6:])
