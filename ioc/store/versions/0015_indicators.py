"""Revision 0015: the SQL is in `sql/0015_indicators*.sql`."""

from ioc.store.migrate import run_sql

revision = "0015"
down_revision = "0013"


def upgrade() -> None:
    """Run the SQL of this revision."""
    run_sql("0015_indicators")
