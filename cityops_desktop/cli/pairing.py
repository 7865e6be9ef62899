"""Pairs this user's console with a station on another machine: the certificate is checked before anything is said, then pinned."""

import socket
import ssl

import httpx

from cityops_desktop.cli.client import broken, refused
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.link import remote
from cityops_desktop.link.remote import Invitation, fingerprint_of, keep, pinned, read_line, station_folder, stations
from cityops_desktop.texts import N_

SECONDS = 10.0


def pair(line: str, name: str | None) -> str:
    """Become a paired console of the station that this line names; returns the name that it is kept under. OperatorError."""
    invitation = read_line(line)
    if invitation is None:
        raise OperatorError(
            Problem(
                what=N_("this is no pairing line"),
                do=N_("it has four words: cityops1 HOST:PORT FINGERPRINT CODE, as the station's People page shows it"),
                where="--pair",
            ),
            Exit.USAGE,
        )
    kept = name or invitation.host.strip("[]").replace(":", "-").replace("%", "-")
    folder = station_folder(kept)
    if folder is None:
        raise _no_name(kept)
    certificate = _certificate(invitation)
    told = _ask(invitation, certificate)
    try:
        keep(folder, invitation.url, certificate, told["token"])
    except OSError as error:
        raise OperatorError(
            Problem(
                what=N_("the station cannot be remembered: {error}"),
                do=N_("make room or give this user the right to write there, then have a new line made"),
                where=str(folder),
                params={"error": error.strerror or str(error)},
            )
        ) from error
    return kept


def known(name: str) -> None:
    """OperatorError when this console was paired with no station of this name."""
    if station_folder(name) is None:
        raise _no_name(name)
    if name not in stations():
        raise OperatorError(
            Problem(
                what=N_("this console was paired with no station “{name}”"),
                do=N_("cityops-desktop console --stations lists those it was paired with; --pair pairs it with another"),
                where=str(remote.stations_folder()),
                params={"name": name},
            ),
            Exit.NO_STATION,
        )


def _no_name(name: str) -> OperatorError:
    return OperatorError(
        Problem(
            what=N_("“{name}” cannot be the name of a station here"),
            do=N_("choose one with --station: letters, digits, - _ ., at most 64"),
            where="--station",
            params={"name": name},
        ),
        Exit.USAGE,
    )


def _certificate(invitation: Invitation) -> str:
    """The certificate of whoever listens there, as PEM, if it is the one that the line names. Nothing else is sent."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the fingerprint below decides, and the next connection trusts this certificate alone
    try:
        with (
            socket.create_connection((invitation.host.strip("[]"), invitation.port), SECONDS) as plain,
            context.wrap_socket(plain) as greeted,
        ):
            der = greeted.getpeercert(binary_form=True) or b""
    except (OSError, ValueError) as error:
        raise OperatorError(
            Problem(
                what=N_("no station can be reached: {error}"),
                do=N_("look whether it runs with --listen, and whether a firewall lets this machine through to it"),
                where=f"{invitation.host}:{invitation.port}",
                params={"error": getattr(error, "strerror", None) or str(error)},
            ),
            Exit.NO_STATION,
        ) from error
    seen = fingerprint_of(der)
    if seen != invitation.fingerprint:
        raise OperatorError(
            Problem(
                what=N_("ANOTHER CERTIFICATE than the line says: this may be somebody else's machine. The code was not sent. Seen: {seen}"),
                do=N_("compare with “cityops-desktop station certificate” at the station; if it differs, call whoever runs the network"),
                where=f"{invitation.host}:{invitation.port}",
                params={"seen": seen},
            ),
            Exit.REFUSED,
        )
    return ssl.DER_cert_to_PEM_cert(der)


def _ask(invitation: Invitation, certificate: str) -> dict[str, str]:
    """Show the code; the station's answer."""
    with httpx.Client(base_url=invitation.url, verify=pinned(certificate), trust_env=False, timeout=SECONDS) as client:
        try:
            answer = client.post("/api/v1/pair", json={"code": invitation.code})
            told = answer.json()
        except httpx.HTTPError as error:
            raise broken(error) from error
        except ValueError as error:
            raise refused("no_answer", {}) from error
    if answer.status_code != 201:
        raise refused(str(told.get("code", answer.status_code)), dict(told.get("params", {})))
    return {"token": str(told["token"])}
