"""Attachments of every area: taken by content, kept in the store, told to whoever may read about the people on duty."""

import base64
import binascii
from collections.abc import Sequence

from fastapi import APIRouter
from sqlalchemy import Connection

from cityops_desktop.duty.attachments import MOST_BYTES, file_name, media_of
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.attachments import AddAttachment, AttachmentInfo
from cityops_desktop.link.duty.attachments_api import attachments_router
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.station.acts.act import Acts, Data, Job
from cityops_desktop.station.duty.part import Part
from cityops_desktop.store.duty import attachments


class Attachments(Part[None]):
    """Implements cityops_desktop.link.duty.attachments_api.AttachmentsDesk."""

    def routers(self) -> Sequence[APIRouter]:
        """One route."""
        return (attachments_router(self),)

    def acts(self) -> Acts:
        """attachment.add."""
        return {"attachment.add": self.add}

    def facts(self, conn: Connection) -> None:
        """Nothing follows from attachments."""

    def add(self, act: AddAttachment, who: Who) -> Job:
        """Kept, if its content is what may be attached. Refused: attachment_too_large, attachment_sort, attachment_differs."""
        try:
            data = base64.b64decode(act.content, validate=True)
        except binascii.Error:
            raise Refused("bad_request", detail="content is no base64") from None
        if len(data) > MOST_BYTES:
            raise Refused("attachment_too_large")
        media = media_of(data, act.name)
        if media is None or act.media not in ("", media):
            raise Refused("attachment_sort")
        name = file_name(act.name, media)

        def run(conn: Connection) -> Data:
            return {"attachment": attachments.add(conn, id=act.id, about=act.about, name=name, media=media, content=data, who=who)}

        return run

    async def content(self, id: str, credentials: Credentials) -> tuple[AttachmentInfo, bytes]:
        """One with its bytes."""
        head, data = await self.asked("duty.read", credentials, lambda conn: attachments.content(conn, id))
        return AttachmentInfo(**head), data
