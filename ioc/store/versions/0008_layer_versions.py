"""Revision 0008: the SQL is in `sql/0008_layer_versions*.sql`."""

from ioc.store.migrate import run_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Run the SQL of this revision."""
    run_sql("0008_layer_versions")
