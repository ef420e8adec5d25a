"""Full-text search: FTS5 in a workspace's file; a tsvector and trigrams under GIN on PostgreSQL."""

from alembic import op

from app.domain.search.sqlite import INDEXES as FTS5_INDEXES
from app.domain.search.sqlite import TABLES as FTS5_TABLES  # what they hold is made anew when this changes
from server.database.migrations.shorthand import table

revision = "0008_search"
down_revision: str | None = "0007_blob_holders"

POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE TABLE search_entry (tenant_id uuid NOT NULL, doc bigint NOT NULL, id uuid NOT NULL, title text NOT NULL,"
    " who text NOT NULL, body text NOT NULL, more text NOT NULL, words tsvector NOT NULL, PRIMARY KEY (tenant_id, doc))",
    "CREATE INDEX search_entry_by_id ON search_entry (tenant_id, id)",
    "CREATE INDEX search_entry_by_words ON search_entry USING gin (words)",
    "CREATE TABLE search_word (tenant_id uuid NOT NULL, word text NOT NULL, docs bigint NOT NULL, PRIMARY KEY (tenant_id, word))",
    "CREATE INDEX search_word_by_prefix ON search_word (tenant_id, word text_pattern_ops)",
    "CREATE INDEX search_word_by_trigram ON search_word USING gin (word gin_trgm_ops)",
    # The fence would keep both GIN indexes from being used: their operators may tell of rows that they are tried on. So these two
    # functions run as the owner, who may read these two tables, and look at one tenant's rows themselves.
    "CREATE POLICY finder ON search_entry FOR SELECT TO CURRENT_USER USING (true)",
    "CREATE POLICY finder ON search_word FOR SELECT TO CURRENT_USER USING (true)",
    """CREATE FUNCTION search_find(match tsquery, low bigint, high bigint, most integer)
    RETURNS TABLE (doc bigint, id uuid) LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$ BEGIN RETURN QUERY EXECUTE
    'SELECT e.doc, e.id FROM search_entry e WHERE e.tenant_id = $1 AND e.words @@ $2 AND e.doc BETWEEN $3 AND $4
    ORDER BY e.doc DESC LIMIT $5' USING nullif(current_setting('app.tenant', true), '')::uuid, match, low, high, most; END $$""",
    """CREATE FUNCTION search_near(like_this text, most integer)
    RETURNS TABLE (word text, docs bigint) LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$ BEGIN RETURN QUERY EXECUTE
    'SELECT w.word, w.docs FROM search_word w WHERE w.tenant_id = $1 AND w.word %% $2
    ORDER BY similarity(w.word, $2) DESC LIMIT $3' USING nullif(current_setting('app.tenant', true), '')::uuid, like_this, most;
    END $$""",
    "REVOKE EXECUTE ON FUNCTION search_find(tsquery, bigint, bigint, integer) FROM PUBLIC",
    "REVOKE EXECUTE ON FUNCTION search_near(text, integer) FROM PUBLIC",
)


def upgrade() -> None:
    """Bring the database here; what is in it already is indexed by the server once it runs."""
    table("search_state", "tenant_id key, analysis int, kind text?, after_id key?", key="tenant_id")
    bind = op.get_bind()
    for statement in (*FTS5_TABLES, *FTS5_INDEXES) if bind.dialect.name == "sqlite" else POSTGRESQL:
        bind.exec_driver_sql(statement)
