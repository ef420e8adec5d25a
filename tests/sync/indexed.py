"""Whether a replica's search index is what its rows say."""

from app.domain.search.index import Keeper
from app.domain.search.sqlite import SqliteIndex
from app.replica.replica import Replica


def check_index(replica: Replica) -> None:
    """Once it is made, the entries are those that would be made anew, words are counted right, and FTS5 says that it is whole."""
    while replica.search.go_on(replica.engine):
        pass
    with replica.engine.begin() as connection:
        keeper = Keeper(SqliteIndex(connection), connection, replica.tenant_id)
        made = sorted(entry[1:] for entries in keeper.build() for entry in entries)
        held = connection.exec_driver_sql("SELECT id, title, who, body, more FROM search_entry").all()
        assert sorted(tuple(row) for row in held) == made
        connection.exec_driver_sql("INSERT INTO search_fts (search_fts, rank) VALUES ('integrity-check', 1)")
        counted = {row[0]: row[1] for row in connection.exec_driver_sql("SELECT word, docs FROM search_word")}
        connection.exec_driver_sql("CREATE VIRTUAL TABLE temp.told USING fts5vocab(main, search_fts, row)")
        told = {row[0]: row[1] for row in connection.exec_driver_sql("SELECT term, doc FROM told")}
        connection.exec_driver_sql("DROP TABLE told")
        assert {word: (docs, told.get(word)) for word, docs in counted.items() if told.get(word) != docs} == {}
        assert told.keys() == counted.keys()
