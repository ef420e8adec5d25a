"""Which fields of an account stand on their own."""

EDITABLE = frozenset({"name", "domain", "industry", "country", "tags", "owner_id", "team_id"})
