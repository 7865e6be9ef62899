"""The station's own certificate: made once, kept privately in the data directory, renewed only by order. Listens on nothing."""

import datetime
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cityops_desktop.link.files import read_small, write_private
from cityops_desktop.link.remote import fingerprint_of

FOLDER = "tls"
KEY = "key.pem"
CERTIFICATE = "cert.pem"
YEARS = 10
_LONGEST_NAME = 64
"""X.509's own bound for a common name."""
_MOST_BYTES = 20_000


@dataclass(frozen=True)
class Certificate:
    """What remote consoles pin. Times are UTC."""

    folder: Path
    name: str
    fingerprint: str
    begins: datetime.datetime
    ends: datetime.datetime


def read(data: Path) -> Certificate | None:
    """The certificate of this data directory; None when none has been made. OSError, ValueError for what is none."""
    folder = data / FOLDER
    try:
        pem = read_small(folder / CERTIFICATE, _MOST_BYTES)
    except FileNotFoundError:
        return None
    found = x509.load_pem_x509_certificate(pem)
    names = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    name = str(names[0].value) if names else ""
    fingerprint = fingerprint_of(found.public_bytes(serialization.Encoding.DER))
    return Certificate(folder, name, fingerprint, found.not_valid_before_utc, found.not_valid_after_utc)


def own(data: Path, name: str, now: datetime.datetime) -> Certificate:
    """The certificate, made now when there is none. OSError, ValueError."""
    return read(data) or make(data, name, now)


def make(data: Path, name: str, now: datetime.datetime) -> Certificate:
    """A new key and a certificate for it, in place of those before: every remote console must pin anew. OSError."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:_LONGEST_NAME] or "station")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=YEARS * 365 + YEARS // 4))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder = data / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    plain = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / CERTIFICATE).unlink(missing_ok=True)  # a key without its certificate is made anew, one beside another's would not start
    write_private(folder / KEY, plain.decode("ascii"))
    write_private(folder / CERTIFICATE, certificate.public_bytes(serialization.Encoding.PEM).decode("ascii"))
    made = read(data)
    assert made is not None
    return made


def context(certificate: Certificate) -> ssl.SSLContext:
    """How the station speaks: TLS 1.2 or later, no renegotiation. OSError (ssl.SSLError is one) when key and certificate do not fit."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    made.load_cert_chain(certificate.folder / CERTIFICATE, certificate.folder / KEY)
    return made
