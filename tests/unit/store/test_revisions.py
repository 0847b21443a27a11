from ioc.store.migrate import _scripts
from ioc.store.revisions import revisions


def test_the_revisions_are_those_that_alembic_walks_in_its_order() -> None:
    assert revisions() == [script.revision for script in _scripts().walk_revisions()][::-1]
