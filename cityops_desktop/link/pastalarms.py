"""What the station tells about the alarms of a past time."""

from pydantic import BaseModel

from cityops_desktop.link.messages import AlarmInfo


class AlarmsThen(BaseModel):
    """GET /api/v1/alarms/at: the alarms that stood at `time` (UTC ms), in the state that they were in then, the most severe and newest
    first. `more` = there were more of them than one answer holds."""

    time: int
    alarms: list[AlarmInfo]
    more: bool = False
