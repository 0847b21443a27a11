"""Revision 0013: the SQL is in `sql/0013_stream*.sql`."""

from ioc.store.migrate import run_sql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Run the SQL of this revision."""
    run_sql("0013_stream")
