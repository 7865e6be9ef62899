"""What a room file says about SNMP agents, receivers of traps, and points; and the file that holds the keys of SNMP 3. Opens no wire."""

import ipaddress
import os
import stat
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from cityops_desktop.model.drivers import WireError
from cityops_desktop.model.readings import Reason
from cityops_desktop.texts import N_
from drivers.exchange import ExchangeDevice, ExchangeSource
from drivers.line.options import Options, Seconds

AGENT_PORT = 161
TRAP_PORT = 162
LONGEST_FILE = 4096
Oid = Annotated[str, Field(pattern=r"^[012](\.(0|[1-9][0-9]{0,9}))+$")]
Port = Annotated[int, Field(ge=1, le=65535)]
SECRETS = ("community", "secret")


class Auth(StrEnum):
    """How messages of SNMP 3 are signed (RFC 7860; md5 and sha1 for old cards)."""

    MD5 = "md5"
    SHA1 = "sha1"
    SHA224 = "sha224"
    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"


class Priv(StrEnum):
    """How messages of SNMP 3 are encrypted (RFC 3826 and its longer relatives)."""

    NONE = "none"
    AES128 = "aes128"
    AES192 = "aes192"
    AES256 = "aes256"


class Access(Options):
    """Who we are to an agent. The community is no more than a word of the old days, but it is kept as a secret all the same."""

    version: Literal["2c", 3] = "2c"
    community: Annotated[SecretStr, Field(max_length=100)] | None = None
    user: Annotated[str, Field(min_length=1, max_length=32)] | None = None
    auth: Auth = Auth.SHA256
    priv: Priv = Priv.AES128
    secret: str | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.version == 3 and (self.user is None or self.secret is None):
            raise ValueError(N_("SNMP 3 needs “user” and “secret”, the path of the file with its keys"))
        if self.version == "2c" and (self.community is None or not self.community.get_secret_value()):
            raise ValueError(N_("SNMP 2c needs “community”"))
        return self


class SnmpBus(Access):
    """One agent by its address on the network."""

    host: Annotated[str, Field(min_length=1)]
    port: Port = AGENT_PORT
    timeout: Seconds = 2.0


class SnmpDevice(ExchangeDevice):
    """What an agent bears, and the object that holds its serial number."""

    max_oids: Annotated[int, Field(ge=1, le=100)] = 20
    serial: Oid | None = None


class SnmpSource(ExchangeSource):
    """One object, its instance included ("...0" for a scalar)."""

    oid: Oid


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise ValueError(N_("this is no IP address")) from error


class TrapBus(Access):
    """Where we listen for traps and informs. `engine` of a device names the one that signs its traps (SNMP 3)."""

    host: Annotated[str, AfterValidator(_address)] = "0.0.0.0"
    port: Port = TRAP_PORT


class TrapDevice(Options):
    """A sender, known by the address that its messages come from."""

    address: Annotated[str, AfterValidator(_address)]
    engine: Annotated[str, Field(pattern=r"^(0x)?([0-9A-Fa-f]{2}){5,32}$")] | None = None


class TrapSource(ExchangeSource):
    """1 from the arrival of `trap` on, until `clears` arrives or `hold` seconds have passed; else 0."""

    trap: Oid
    clears: Oid | None = None
    hold: Annotated[float, Field(gt=0, le=604_800, allow_inf_nan=False)] | None = None


@dataclass(frozen=True, slots=True)
class Keys:
    """The passphrases of a user of SNMP 3."""

    auth: str
    priv: str

    def __repr__(self) -> str:
        return "Keys(...)"


def read_keys(options: Access) -> Keys:
    """The keys in the file that `secret` names: lines “auth: ...” and “priv: ...”. WireError says what is wrong, and what to do; of
    the file its name alone: everybody sees why a wire is down."""
    file = Path(options.secret or "")
    try:
        told = file.stat()
        if os.name == "posix" and told.st_mode & 0o077:
            raise WireError(Reason.NO_RIGHT, f"{file.name} can be read by others: chmod 600 {file.name}")
        if not stat.S_ISREG(told.st_mode) or told.st_size > LONGEST_FILE:  # a pipe would be waited for
            raise WireError(Reason.NO_RIGHT, f"{file.name} is no text: write auth: ... and priv: ...")
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise WireError(
            Reason.NO_RIGHT, f"{file.name}: {error.strerror}: write the keys into this file, readable for the station alone"
        ) from error
    except UnicodeDecodeError as error:
        raise WireError(Reason.NO_RIGHT, f"{file.name} is no text: write auth: ... and priv: ...") from error
    found = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    wanted = ["auth"] if options.priv is Priv.NONE else ["auth", "priv"]
    short = [key for key in wanted if len(found.get(key, "")) < 8]  # RFC 3414, 11.2
    if short:
        raise WireError(Reason.NO_RIGHT, f"{file.name}: write a line “{short[0]}: ...” with at least 8 characters")
    return Keys(found["auth"], found.get("priv", ""))
