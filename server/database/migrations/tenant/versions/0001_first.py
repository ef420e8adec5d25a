"""The first tables."""

from server.database.migrations.shorthand import RECORD, ROOT, index, table

revision = "0001_first"
down_revision: str | None = None

TABLES = (
    ("account", ROOT + ", name text, domain text?, industry text?, country text?", "tenant_id id"),
    (
        "attachment",
        RECORD + ", conversation_id key, message_id key, name text, media_type text, size_bytes int, sha256 text, content_id "
        "text?, is_inline bool",
        "tenant_id id",
    ),
    (
        "audit",
        "tenant_id key, record_id key, version int, kind text, operation text, command_id key, device text, actor_id "
        "key, acted_us int, fields json",
        "tenant_id record_id version",
    ),
    (
        "call",
        ROOT + ", direction text, state text, outcome text?, sip_call_id text, number text, number_shown text, contact_id "
        "key?, conversation_id key, queue text, started_at moment, answered_at moment?, ended_at moment?, sip_code "
        "int?, reason text?, disposition text?, recording json",
        "tenant_id id",
    ),
    (
        "call_leg",
        RECORD + ", call_id key, role text, number text, started_at moment, answered_at moment?, ended_at moment?, sip_code int?",
        "tenant_id id",
    ),
    (
        "command_log",
        "tenant_id key, id key, version int, name text, device text, actor_id key, acted_us int, status text, answer json",
        "tenant_id id",
    ),
    (
        "conflict",
        ROOT + ", record_kind text, record_id key, field text, lost json, lost_version int, command_id key",
        "tenant_id id",
    ),
    (
        "contact",
        ROOT + ", name text, account_id key?, job_title text?, language text?, time_zone text?, pinned_note text?, is_vip "
        "bool, merged_into key?",
        "tenant_id id",
    ),
    ("contact_identity", RECORD + ", contact_id key, identity_id key, label text, is_primary bool", "tenant_id id"),
    (
        "conversation",
        ROOT + ", channel text, subject text, status text, contact_id key?, address text, inbox_key text, preview text, "
        "preview_kind text, last_message_at moment, last_direction text, is_unread bool, message_count int, assigned_at"
        " moment?, reply_due_at moment?, snoozed_until moment?",
        "tenant_id id",
    ),
    (
        "effect",
        "tenant_id key, id key, name text, payload json, run_at moment, attempts int, state text, leased_by text?, "
        "leased_until moment?, error text?",
        "tenant_id id",
    ),
    (
        "identity",
        ROOT + ", kind text, value text, shown text, last_digits text?, is_valid bool, country text, bounced text?",
        "tenant_id id",
    ),
    (
        "message",
        RECORD + ", conversation_id key, direction text, author_id key?, author_name text, subject text, text text, full_text "
        "text?, html text?, from_address text, to_addresses json, message_key text, in_reply_to text?, thread_keys "
        "json, state text, state_reason text?, problems text?, sent_at moment",
        "tenant_id id",
    ),
    ("note", ROOT + ", text text, contact_id key?, conversation_id key?, call_id key?, is_pinned bool", "tenant_id id"),
    ("role", ROOT + ", key text, name text, rights json, sees_all_teams bool", "tenant_id id"),
    ("role_grant", ROOT + ", user_id key, role_id key", "tenant_id id"),
    ("scope_exit", "tenant_id key, key key, version int, record_id key, kind text", "tenant_id key version record_id"),
    (
        "task",
        ROOT + ", title text, details text, due_at moment?, done_at moment?, contact_id key?, conversation_id key?",
        "tenant_id id",
    ),
    ("team", ROOT + ", name text", "tenant_id id"),
    ("team_member", RECORD + ", member_of key, user_id key", "tenant_id id"),
    ("tenant", "id key, slug text, name text, change int", "id"),
    (
        "user",
        ROOT + ", name text, email text, is_active bool, language text, time_zone text, state text, state_since moment?",
        "tenant_id id",
    ),
    ("workspace", ROOT + ", name text, country text, time_zone text, language text", "tenant_id id"),
    (
        "blob",
        "tenant_id key, sha256 text, size_bytes int, media_type text, created_at moment, created_by key?",
        "tenant_id sha256",
    ),
    ("credential", "tenant_id key, user_id key, password_hash text, changed_at moment", "tenant_id user_id"),
    (
        "inbox",
        "tenant_id key, key text, name text, address text, team_id key?, is_active bool, imap_host text, imap_port int,"
        " imap_security text, imap_user text, imap_secret bytes, smtp_host text, smtp_port int, smtp_security text, "
        "smtp_user text, smtp_secret bytes, folder text, sent_folder text",
        "tenant_id key",
    ),
    (
        "mail_cursor",
        "tenant_id key, account text, folder text, uidvalidity int, uid int, checked_at moment",
        "tenant_id account folder",
    ),
    (
        "raw_inbound",
        "tenant_id key, id key, account text, folder text, uidvalidity int, uid int, received_at moment, sha256 text, "
        "size_bytes int, state text, attempts int, error text?",
        "tenant_id id",
    ),
    (
        "sign_in_session",
        "tenant_id key, id key, user_id key, device text, device_name text, address text, generation int, created_at "
        "moment, refreshed_at moment, expires_at moment, revoked_at moment?, revoked_for text?",
        "tenant_id id",
    ),
)
INDEXES = (
    ("account_by_name", "account", "tenant_id name", False),
    ("account_by_version", "account", "tenant_id version id", False),
    ("attachment_by_conversation_id", "attachment", "tenant_id conversation_id", False),
    ("attachment_by_message_id", "attachment", "tenant_id message_id", False),
    ("attachment_by_version", "attachment", "tenant_id version id", False),
    ("audit_command", "audit", "tenant_id command_id", False),
    ("call_by_contact_id_started_at", "call", "tenant_id contact_id started_at", False),
    ("call_by_conversation_id", "call", "tenant_id conversation_id", False),
    ("call_by_started_at_id", "call", "tenant_id started_at id", False),
    ("call_by_version", "call", "tenant_id version id", False),
    ("call_leg_by_call_id", "call_leg", "tenant_id call_id", False),
    ("call_leg_by_version", "call_leg", "tenant_id version id", False),
    ("conflict_by_version", "conflict", "tenant_id version id", False),
    ("contact_by_account_id", "contact", "tenant_id account_id", False),
    ("contact_by_name", "contact", "tenant_id name", False),
    ("contact_by_version", "contact", "tenant_id version id", False),
    ("contact_identity_by_contact_id", "contact_identity", "tenant_id contact_id", False),
    ("contact_identity_by_identity_id", "contact_identity", "tenant_id identity_id", False),
    ("contact_identity_by_version", "contact_identity", "tenant_id version id", False),
    ("conversation_by_contact_id_last_message_at", "conversation", "tenant_id contact_id last_message_at", False),
    ("conversation_by_owner_id_status_last_message_at_id", "conversation", "tenant_id owner_id status last_message_at id", False),
    ("conversation_by_status_last_message_at_id", "conversation", "tenant_id status last_message_at id", False),
    ("conversation_by_version", "conversation", "tenant_id version id", False),
    ("effect_due", "effect", "tenant_id state run_at", False),
    ("identity_by_kind_value", "identity", "tenant_id kind value", False),
    ("identity_by_last_digits", "identity", "tenant_id last_digits", False),
    ("identity_by_version", "identity", "tenant_id version id", False),
    ("message_by_conversation_id_sent_at", "message", "tenant_id conversation_id sent_at", False),
    ("message_by_message_key", "message", "tenant_id message_key", False),
    ("message_by_version", "message", "tenant_id version id", False),
    ("note_by_call_id", "note", "tenant_id call_id", False),
    ("note_by_contact_id", "note", "tenant_id contact_id", False),
    ("note_by_conversation_id", "note", "tenant_id conversation_id", False),
    ("note_by_version", "note", "tenant_id version id", False),
    ("role_by_version", "role", "tenant_id version id", False),
    ("role_grant_by_user_id", "role_grant", "tenant_id user_id", False),
    ("role_grant_by_version", "role_grant", "tenant_id version id", False),
    ("task_by_contact_id", "task", "tenant_id contact_id", False),
    ("task_by_conversation_id", "task", "tenant_id conversation_id", False),
    ("task_by_owner_id_done_at_due_at", "task", "tenant_id owner_id done_at due_at", False),
    ("task_by_version", "task", "tenant_id version id", False),
    ("team_by_version", "team", "tenant_id version id", False),
    ("team_member_by_parent", "team_member", "tenant_id member_of", False),
    ("team_member_by_user_id", "team_member", "tenant_id user_id", False),
    ("team_member_by_version", "team_member", "tenant_id version id", False),
    ("user_by_email", "user", "tenant_id email", False),
    ("user_by_version", "user", "tenant_id version id", False),
    ("workspace_by_version", "workspace", "tenant_id version id", False),
    ("raw_inbound_by_state", "raw_inbound", "tenant_id state received_at", False),
    ("raw_inbound_place", "raw_inbound", "tenant_id account folder uidvalidity uid", True),
    ("sign_in_session_by_user", "sign_in_session", "tenant_id user_id", False),
)


def upgrade() -> None:
    """Bring the database here."""
    for name, words, key in TABLES:
        table(name, words, key=key)
    for name, on, columns, unique in INDEXES:
        index(name, on, columns, unique=unique)
