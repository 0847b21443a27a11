"""Revision 0007: the SQL is in `sql/0007_total_sources*.sql`."""

from ioc.store.migrate import run_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Run the SQL of this revision."""
    run_sql("0007_total_sources")
