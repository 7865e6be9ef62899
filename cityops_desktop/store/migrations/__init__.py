"""Alembic's migrations of records.db. A migration that was released is never changed."""
