"""Lists come in code point order from an index, on any PostgreSQL."""

from models.kit.database import Database
from resolvers.reading.declare import registry
from schema import build


async def test_every_text_that_lists_are_sorted_by_is_kept_in_code_point_order(database: Database) -> None:
    build()
    sorted_by = {
        f"{node.table}.{selectable.column}"
        for node in registry.nodes.values()
        for selectable in node.sorts.values()
        if selectable.kind.collate
    }
    assert sorted_by
    if database.dialect == "sqlite":
        rows = await database.fetch("SELECT sql FROM sqlite_master WHERE type = 'table'", [])
        assert not any("COLLATE" in row[0] for row in rows)
        return
    rows = await database.fetch(
        "SELECT attrelid::regclass || '.' || attname FROM pg_attribute JOIN pg_collation ON pg_collation.oid = attcollation"
        " WHERE collname = 'C' AND attrelid::regclass::text = ANY($1::text[])",
        [[name.split(".")[0] for name in sorted_by]],
    )
    assert sorted_by <= {row[0] for row in rows}
