"""Revision 0016: the SQL is in `sql/0016_facts_by_delta*.sql`."""

from ioc.store.migrate import run_sql

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Run the SQL of this revision."""
    run_sql("0016_facts_by_delta")
