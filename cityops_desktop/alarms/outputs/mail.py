"""Mail over SMTP: TLS with a verified certificate, or STARTTLS, which is demanded and not hoped for. One connection a message."""

import contextlib
import smtplib
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from cityops_desktop.alarms.outputs.output import Quiet, Secret, trusted, why_not
from cityops_desktop.clock import Clock
from cityops_desktop.model.notify import SENT, Delivery, Message, failed
from cityops_desktop.room.ways import MailPart

SECONDS = 20.0
"""That each answer of the server may take."""


class Mail(Quiet):
    """See Output."""

    def __init__(self, options: MailPart, secret: Secret, clock: Clock) -> None:
        self._options, self._secret, self._clock = options, secret, clock

    def send(self, message: Message) -> Delivery:
        """See Output."""
        return self._with_server(lambda server: server.send_message(self._mail(message), self._options.sender, [message.to]))

    def probe(self) -> Delivery:
        """Log in, and leave."""
        return self._with_server(lambda server: server.noop())

    def _with_server(self, act: Any) -> Delivery:
        try:
            server = self._connected()
        except smtplib.SMTPAuthenticationError as error:
            return failed(f"login {_said(error.smtp_code, error.smtp_error)}")
        except smtplib.SMTPException as error:
            return failed(f"server {_words(error)}")
        except (OSError, ValueError) as error:
            return failed(why_not(error) if isinstance(error, OSError) else "secret")
        try:
            act(server)
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()), (0, b""))
            return failed(f"receiver {_said(code, said)}", final=code >= 500)
        except smtplib.SMTPResponseException as error:
            return failed(f"server {_said(error.smtp_code, error.smtp_error)}", final=error.smtp_code >= 500)
        except smtplib.SMTPException as error:
            return failed(f"server {_words(error)}")
        except OSError as error:
            return failed(why_not(error))
        finally:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()
        return SENT

    def _connected(self) -> smtplib.SMTP:
        options = self._options
        server: smtplib.SMTP
        if options.tls == "tls":
            server = smtplib.SMTP_SSL(options.host, options.port, timeout=SECONDS, context=trusted(options.ca))
        else:
            server = smtplib.SMTP(options.host, options.port, timeout=SECONDS)
        try:
            if options.tls == "starttls":
                server.starttls(context=trusted(options.ca))
            if options.user:
                server.login(options.user, self._secret())
        except BaseException:
            server.close()
            raise
        return server

    def _mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage()
        mail["Subject"] = " ".join(message.subject.split())
        mail["From"], mail["To"] = self._options.sender, message.to
        mail["Date"] = format_datetime(datetime.fromtimestamp(self._clock.wall() / 1000, UTC))
        mail["Message-ID"] = f"<{message.id}@{self._options.sender.rpartition('@')[2]}>"
        mail["Auto-Submitted"] = "auto-generated"
        if message.level == 1:
            mail["X-Priority"] = "1"
        mail.set_content(message.text + "\n", cte="base64")
        return mail


def _said(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(text.split())[:150]}"


def _words(error: smtplib.SMTPException) -> str:
    return " ".join(str(error).split())[:150]
