"""Alembic's entry: runs on the connection handed in, inside the transaction that its caller began. Opens nothing itself."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=False)
context.run_migrations()
