"""Revision 0017: the SQL is in `sql/0017_fact_pages*.sql`."""

from ioc.store.migrate import run_sql

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Run the SQL of this revision."""
    run_sql("0017_fact_pages")
