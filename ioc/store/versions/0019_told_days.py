"""Revision 0019: the SQL is in `sql/0019_told_days*.sql`."""

from ioc.store.migrate import run_sql

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Run the SQL of this revision."""
    run_sql("0019_told_days")
