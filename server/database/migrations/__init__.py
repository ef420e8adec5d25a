"""Alembic's revisions, one tree a kind of database."""
