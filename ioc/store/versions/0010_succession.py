"""Revision 0010: the SQL is in `sql/0010_succession*.sql`."""

from ioc.store.migrate import run_sql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Run the SQL of this revision."""
    run_sql("0010_succession")
