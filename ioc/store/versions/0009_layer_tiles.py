"""Revision 0009: the SQL is in `sql/0009_layer_tiles*.sql`."""

from ioc.store.migrate import run_sql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Run the SQL of this revision."""
    run_sql("0009_layer_tiles")
