"""The tables of records.db as SQLAlchemy sees them. The migrations make them; a test keeps the two alike."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

RECORDS_ID = 0x43495231
"""application_id of records.db ("CIR1")."""
SCHEMA = 1
"""user_version of records.db: the number of the newest migration."""

metadata = MetaData()

change = Table(
    "change",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("rev", Integer, nullable=False),
    Column("actor", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("origin", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("prev", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    UniqueConstraint("subject", "rev", name="change_subject_rev"),
)

alarm = Table(
    "alarm",
    metadata,
    Column("id", Text, primary_key=True),
    Column("key", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("level", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("raised", BigInteger, nullable=False),
    Column("value", Float),
    Column("limit", Float),
    Column("detail", Text, nullable=False),
    Column("points", Integer, nullable=False),
    Column("acknowledged", BigInteger),
    Column("actor", Text),
    Column("actor_name", Text),
    Column("returned", BigInteger),
    Column("origin", Text, nullable=False),
    Index("alarm_state_raised", "state", "raised"),
)

account = Table(
    "account",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False, unique=True),
    Column("display", Text, nullable=False),
    Column("password", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("created", BigInteger, nullable=False),
)

account_role = Table(
    "account_role",
    metadata,
    Column("account", Text, ForeignKey("account.id"), primary_key=True),
    Column("role", Text, primary_key=True),
)

session = Table(
    "session",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("account", Text, ForeignKey("account.id"), nullable=False),
    Column("console", Text, nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Index("session_expires", "expires"),
)

probe = Table(
    "probe",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
