"""Holds a remote station to the certificate that was pinned: nothing is sent to whoever shows another one. Knows no request."""

from collections.abc import Callable

from PySide6.QtNetwork import QNetworkReply, QNetworkRequest, QSsl, QSslConfiguration, QSslError, QSslSocket

from cityops_desktop.link.remote import fingerprint_of


def can_encrypt() -> bool:
    """Has this Qt a TLS library to work with?"""
    return QSslSocket.supportsSsl()


def ask_for_certificate(request: QNetworkRequest) -> None:
    """Trust no authority at all: every certificate is then laid before `hold`, also one that the whole world trusts."""
    configuration = QSslConfiguration()
    configuration.setProtocol(QSsl.SslProtocol.TlsV1_2OrLater)
    configuration.setCaCertificates([])
    configuration.setPeerVerifyMode(QSslSocket.PeerVerifyMode.VerifyPeer)
    configuration.setSslOption(QSsl.SslOption.SslOptionDisableSessionTickets, True)
    configuration.setSslOption(QSsl.SslOption.SslOptionDisableSessionSharing, True)
    request.setSslConfiguration(configuration)


def hold(reply: QNetworkReply, fingerprint: str, wrong: Callable[[str], None]) -> None:
    """Go on only with this certificate; `wrong` is told the fingerprint of another one, and the reply then fails before it is sent."""

    def seen() -> str:
        der = reply.sslConfiguration().peerCertificate().toDer()
        return fingerprint_of(bytes(der.data()))

    def judge(errors: list[QSslError]) -> None:
        found = seen()
        if found == fingerprint:
            reply.ignoreSslErrors(errors)  # these, of this certificate: those of another one on a later connection count
        else:
            wrong(found)

    def encrypted() -> None:
        found = seen()
        if found != fingerprint:
            wrong(found)
            reply.abort()

    reply.sslErrors.connect(judge)
    reply.encrypted.connect(encrypted)
