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
    text,
)

RECORDS_ID = 0x43495231
"""application_id of records.db ("CIR1")."""
SCHEMA = 6
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
    Index("change_actor", "actor"),
    Index("change_kind", "kind"),
    Index("change_time", "time"),
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
    Column("hidden", Text),
    Column("hidden_until", BigInteger),
    Column("under", Text, nullable=False, server_default=""),
    Index("alarm_state_raised", "state", "raised"),
    Index("alarm_subject_raised", "subject", "raised", "level", "state", "hidden", "returned", "actor", "detail"),
    Index("alarm_returned", "returned"),
    Index("alarm_asked", "raised", "level", "state", "hidden", "returned", "actor", "subject", "detail"),
    Index("alarm_span", "raised", "level", "returned", "hidden", "state"),
    Index("alarm_hidden", "hidden", "raised", sqlite_where=text("hidden IS NOT NULL")),
    Index("alarm_detail", "detail", sqlite_where=text("detail <> ''")),
)

SECRET = {"secret": True}
"""Column.info of what the change log keeps as a digest only."""

account = Table(
    "account",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False, unique=True),
    Column("display", Text, nullable=False),
    Column("password", Text, nullable=False, info=SECRET),
    Column("password_set", BigInteger, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("pin", Text, info=SECRET),
    Column("badge", Text, unique=True, info=SECRET),
    Column("enabled", Boolean, nullable=False),
    Column("expires", BigInteger),
    Column("locked_until", BigInteger),
    Column("created", BigInteger, nullable=False),
)

old_password = Table(
    "old_password",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.id"), nullable=False),
    Column("password", Text, nullable=False, info=SECRET),
    Column("time", BigInteger, nullable=False),
    Index("old_password_account", "account"),
)

factor = Table(
    "factor",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("secret", Text, nullable=False, info=SECRET),
    Column("confirmed", BigInteger),
    Column("used", BigInteger, info={"volatile": True}),
    Column("created", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Index("factor_account", "account"),
)

role_grant = Table(
    "role_grant",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("begins", BigInteger, nullable=False),
    Column("ends", BigInteger),
    Column("revoked", BigInteger),
    Index("role_grant_account", "account"),
)

absence = Table(
    "absence",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.id"), nullable=False),
    Column("begins", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    Column("cancelled", BigInteger),
    Index("absence_account", "account"),
)

session = Table(
    "session",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("account", Text, ForeignKey("account.id"), nullable=False),
    Column("console", Text, nullable=False),
    Column("bound", Text, nullable=False),
    Column("way", Text, nullable=False),
    Column("limited", Text, nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Index("session_expires", "expires"),
)

comeback = Table(
    "comeback",
    metadata,
    Column("bound", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.id"), primary_key=True),
    Column("until", BigInteger, nullable=False),
    Column("wrong", Integer, nullable=False),
)

console = Table(
    "console",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("token", Text, nullable=False, unique=True, info=SECRET),
    Column("paired", BigInteger),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("revoked", BigInteger),
)

command = Table(
    "command",
    metadata,
    Column("id", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("time", BigInteger, nullable=False),
)

approval = Table(
    "approval",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("act", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("initiator", Text, ForeignKey("account.id"), nullable=False),
    Column("console", Text, nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("confirmer", Text, ForeignKey("account.id")),
    Column("way", Text),
    Column("closed", BigInteger),
)

setting = Table(
    "setting",
    metadata,
    Column("id", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

config_version = Table(
    "config_version",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("base", Integer),
    Column("time", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("files", LargeBinary, nullable=False, info={"digest": True}),
    Column("overrides", Text, nullable=False),
    Column("room", Text, nullable=False),
    Column("summary", Text, nullable=False),
)

staff = Table(
    "staff",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("begins", Text),
    Column("ends", Text),
    Column("result", Text, nullable=False),
    Column("score", Float),
    Column("note", Text, nullable=False),
    Column("ended", BigInteger),
    Index("staff_account", "account"),
)

rule = Table(
    "rule",
    metadata,
    Column("id", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("published", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("retired", BigInteger),
    UniqueConstraint("code", "version", name="rule_code_version"),
)

rule_read = Table(
    "rule_read",
    metadata,
    Column("id", Text, primary_key=True),
    Column("rule", Text, ForeignKey("rule.id"), nullable=False),
    Column("account", Text, ForeignKey("account.id"), nullable=False),
    Column("time", BigInteger, nullable=False),
    UniqueConstraint("rule", "account", name="rule_read_once"),
)

device = Table(
    "device",
    metadata,
    Column("id", Text, primary_key=True),
    Column("place", Text, nullable=False),
    Column("facts", Text),
    Column("behaviour", Boolean, nullable=False),
    Column("waits", Text, nullable=False),
    Column("seen_place", Text, nullable=False),
    Column("seen", Text),
    Column("seen_behaviour", Boolean, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("admitted", BigInteger),
    Column("note", Text, nullable=False),
)

learned = Table(
    "learned",
    metadata,
    Column("id", Text, primary_key=True),
    Column("profile", Text, nullable=False),
    Column("missing", Text, nullable=False),
    Column("answering", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
)

trend_view = Table(
    "trend_view",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Index("trend_view_account", "account"),
)

alarm_view = Table(
    "alarm_view",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Index("alarm_view_account", "account"),
)

note = Table(
    "note",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", Text, ForeignKey("account.id"), nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("begins", BigInteger, nullable=False),
    Column("ends", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    Column("figures", Text, nullable=False),
    Column("picture", LargeBinary, info={"digest": True}),
    Column("withdrawn", BigInteger),
    Column("withdrawn_by", Text),
    Index("note_begins", "begins"),
)

shelf = Table(
    "shelf",
    metadata,
    Column("id", Text, primary_key=True),
    Column("level", Integer, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("second", Text),
    Column("second_name", Text),
    Column("ended", BigInteger),
)

self_test = Table(
    "self_test",
    metadata,
    Column("id", Text, primary_key=True),
    Column("begun", BigInteger, nullable=False),
    Column("ended", BigInteger),
    Column("actor", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("outcome", Text),
    Column("steps", Text, nullable=False),
    Index("self_test_begun", "begun"),
)

service = Table(
    "service",
    metadata,
    Column("id", Text, primary_key=True),
    Column("level", Integer),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("second", Text),
    Column("second_name", Text),
    Column("ended", BigInteger),
)

warning = Table(
    "warning",
    metadata,
    Column("id", Text, primary_key=True),
    Column("colour", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("response", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("issued", BigInteger, nullable=False),
    Column("until", BigInteger),
    Column("actor", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("responded", BigInteger),
    Column("responded_by", Text, nullable=False),
    Column("responded_text", Text, nullable=False),
    Column("lifted", BigInteger),
    Column("lifted_by", Text, nullable=False),
    Column("lift_why", Text, nullable=False),
)

incident = Table(
    "incident",
    metadata,
    Column("id", Text, primary_key=True),
    Column("number", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("begun", BigInteger, nullable=False),
    Column("found", BigInteger, nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("edition", Text, nullable=False),
    Column("sort", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("importance", Text, nullable=False),
    Column("loss", Text, nullable=False),
    Column("impact", Integer, nullable=False),
    Column("grade", Integer),
    Column("reporter", Text, nullable=False),
    Column("alarms", Text, nullable=False),
    Column("recovered", BigInteger),
    Column("closed", BigInteger),
    Column("closed_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actions", Text, nullable=False),
    Column("lessons", Text, nullable=False),
    UniqueConstraint("number", name="incident_number"),
    Index("incident_found", "found"),
)

incident_entry = Table(
    "incident_entry",
    metadata,
    Column("id", Text, primary_key=True),
    Column("about", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("written", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("told", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Index("incident_entry_about", "about"),
)

plan = Table(
    "plan",
    metadata,
    Column("id", Text, primary_key=True),
    Column("code", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("conditions", Text, nullable=False),
    Column("starts", Text, nullable=False),
    Column("published", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("retired", BigInteger),
    UniqueConstraint("code", "version", name="plan_code_version"),
)

contact = Table(
    "contact",
    metadata,
    Column("id", Text, primary_key=True),
    Column("parent", Text, nullable=False),
    Column("place", Integer, nullable=False),
    Column("duty", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("mobile", Text, nullable=False),
    Column("mail", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("ended", BigInteger),
)

drill = Table(
    "drill",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("plan", Text, nullable=False),
    Column("planned", BigInteger, nullable=False),
    Column("leader", Text, nullable=False),
    Column("people", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("prepared", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Column("begun", BigInteger),
    Column("ended", BigInteger),
    Column("summary", Text, nullable=False),
    Column("passed", Boolean),
    Column("improvements", Text, nullable=False),
    Column("until", Text, nullable=False),
    Column("improved", BigInteger),
    Column("improved_text", Text, nullable=False),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("call", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("way", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("level", Integer, nullable=False),
    Column("alarms", Text, nullable=False),
    Column("code", Text, info=SECRET),
    Column("state", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("refs", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("sent", BigInteger),
    Column("ended", BigInteger),
    Column("actor", Text),
    Index("delivery_created", "created"),
    Index("delivery_state", "state"),
)

guidance_tick = Table(
    "guidance_tick",
    metadata,
    Column("id", Text, primary_key=True),
    Column("occurrence", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("step", Integer, nullable=False),
    Column("text_zh", Text, nullable=False),
    Column("text_en", Text, nullable=False),
    Column("done", Boolean, nullable=False),
    Column("remark", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("actor_name", Text, nullable=False),
    Index("guidance_tick_occurrence", "occurrence"),
    Index("guidance_tick_key", "key"),
)

alarm_still = Table(
    "alarm_still",
    metadata,
    Column("id", Text, primary_key=True),
    Column("occurrence", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("asked", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("image", LargeBinary, nullable=False),
    Index("alarm_still_occurrence", "occurrence"),
)
"""Pictures are let go from the oldest on, so they are no records; the change log has the digest of each."""

probe = Table(
    "probe",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
