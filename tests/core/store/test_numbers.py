"""Running numbers: of the room's own year, without a gap, also past 999."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Connection, MetaData, Table, Text

from cityops_desktop.store.numbers import next_number
from cityops_desktop.store.store import Store

NUMBERED = Table("numbered", MetaData(), Column("number", Text))
SHANGHAI = ZoneInfo("Asia/Shanghai")


def test_the_numbers_of_a_year_follow_one_another(store: Store) -> None:
    before = round(datetime(2026, 12, 31, 15, 59, tzinfo=UTC).timestamp() * 1000)

    def count(conn: Connection) -> list[str]:
        NUMBERED.create(conn)
        told = []
        for time in [before] * 1001 + [before + 60_000] * 2:
            told.append(next_number(conn, NUMBERED.c.number, time, SHANGHAI))
            conn.execute(NUMBERED.insert().values(number=told[-1]))
        return told

    told = store.write(count).result(30)
    assert told[:2] == ["2026-001", "2026-002"] and told[998:1001] == ["2026-999", "2026-1000", "2026-1001"]
    assert told[1001:] == ["2027-001", "2027-002"], "midnight is the room's own"
