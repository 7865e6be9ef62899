"""The little of ONVIF that leads to a still picture: which profiles a camera has, and where it keeps the picture of one. Pure.

Questions are SOAP with a WS-UsernameToken digest; only what reads is asked.
"""

import base64
import hashlib
import secrets
from datetime import UTC, datetime
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from drivers.recorder.pages import PageError, read_xml

KIND = "application/soap+xml; charset=utf-8"
_SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
_ENVELOPE = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:m="http://www.onvif.org/ver10/media/wsdl">'
    "{header}<s:Body>{body}</s:Body></s:Envelope>"
)
_HEADER = (
    '<s:Header><w:Security s:mustUnderstand="1" xmlns:w="{security}wssecurity-secext-1.0.xsd"><w:UsernameToken>'
    '<w:Username>{user}</w:Username><w:Password Type="{security}username-token-profile-1.0#PasswordDigest">{digest}</w:Password>'
    '<w:Nonce EncodingType="{security}soap-message-security-1.0#Base64Binary">{nonce}</w:Nonce>'
    '<u:Created xmlns:u="{security}wssecurity-utility-1.0.xsd">{created}</u:Created></w:UsernameToken></w:Security></s:Header>'
)


def profiles_question(user: str, password: str, now: int) -> bytes:
    """Which profiles are there? `now` is UTC ms."""
    return _envelope("<m:GetProfiles/>", user, password, now)


def picture_question(profile: str, user: str, password: str, now: int) -> bytes:
    """Where is the still picture of this profile?"""
    body = f"<m:GetSnapshotUri><m:ProfileToken>{escape(profile)}</m:ProfileToken></m:GetSnapshotUri>"
    return _envelope(body, user, password, now)


def profiles_in(body: bytes) -> list[str]:
    """The tokens of the profiles, in the camera's order. PageError."""
    root = read_xml(_text(body))
    return [token for one in root.iter() if _name(one.tag) == "Profiles" and (token := one.get("token"))]


def picture_path_in(body: bytes) -> str:
    """The path of the picture; whatever host the camera thinks it is, the picture is fetched from the one that was asked. PageError."""
    for one in read_xml(_text(body)).iter():
        if _name(one.tag) == "Uri" and one.text:
            try:
                parts = urlsplit(one.text.strip())
            except ValueError as error:
                raise PageError("Uri") from error
            path = parts.path or "/"
            if not path.startswith("/"):
                raise PageError("Uri")
            return f"{path}?{parts.query}" if parts.query else path
    raise PageError("no Uri")


def digest(nonce: bytes, created: str, password: str) -> str:
    """The digest of WS-UsernameToken: Base64(SHA-1(nonce + created + password))."""
    return base64.b64encode(hashlib.sha1(nonce + created.encode() + password.encode(), usedforsecurity=False).digest()).decode()


def _envelope(body: str, user: str, password: str, now: int) -> bytes:
    header = ""
    if user:
        nonce = secrets.token_bytes(16)
        created = datetime.fromtimestamp(now / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{now % 1000:03d}Z"
        header = _HEADER.format(
            security=_SECURITY,
            user=escape(user),
            digest=digest(nonce, created, password),
            nonce=base64.b64encode(nonce).decode(),
            created=created,
        )
    return _ENVELOPE.format(header=header, body=body).encode()


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PageError("UTF-8") from error


def _name(tag: str) -> str:
    return tag.rpartition("}")[2]
