"""Attachments as they travel: added by an act before the record that names them, told with it, and fetched one by one."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from cityops_desktop.duty.attachments import LONGEST_NAME, MOST_BYTES
from cityops_desktop.link.fields import NotBlank, Readable, Uuid

MOST_SIGNS = (MOST_BYTES + 2) // 3 * 4
"""Of the largest one in base64."""
MOST = 12
"""Attachments of one record."""
Ids = Annotated[list[Uuid], Field(max_length=MOST)]


class AddAttachment(BaseModel):
    """A picture, a PDF, plain text or a table of at most 2 MiB (`content`, base64); what it is the station tells by the content, `media`
    "" asks for nothing. `id` is made by the console: the same bytes again are the same attachment. `about`: "log", "patrol:<id>" …"""

    kind: Literal["attachment.add"] = "attachment.add"
    id: Uuid
    about: Annotated[str, Field(max_length=100), Readable] = ""
    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), Readable, NotBlank]
    media: Annotated[str, Field(max_length=40)] = ""
    content: Annotated[str, Field(min_length=4, max_length=MOST_SIGNS, pattern=r"^[A-Za-z0-9+/]*={0,2}$")]


class AttachmentInfo(BaseModel):
    """An attachment without its bytes."""

    id: str
    about: str
    name: str
    media: str
    size: int
    sha256: str
    time: int
    actor_name: str
