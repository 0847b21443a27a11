from ioc.streams.entity import Entity, Tile
from tests.support.examples import station


def entity(code: str) -> Entity:
    return Entity(station(code))


def put(tile: Tile, some: Entity, version: int) -> None:
    some.touch(version, None)
    tile.put(some, version)


def test_tile_tells_what_changed_after_a_position_the_newest_first() -> None:
    tile, a, b, c = Tile(1), entity("a"), entity("b"), entity("c")
    for version, one in enumerate((a, b, c, a), 1):
        put(tile, one, version)
    assert list(tile.since(2)) == [a, c]
    assert list(tile.since(4)) == []
    assert tile.version == 4


def test_tile_tells_what_left_after_a_position_until_that_is_forgotten() -> None:
    tile, a, b = Tile(1), entity("a"), entity("b")
    put(tile, a, 1)
    put(tile, b, 2)
    tile.lose(a, 3)
    tile.lose(b, 4)
    assert list(tile.gone_since(2)) == ["hydro/b", "hydro/a"]
    assert list(tile.gone_since(3)) == ["hydro/b"]
    tile.forget(3)
    assert list(tile.gone_since(0)) == ["hydro/b"]


def test_entity_that_comes_back_has_not_left() -> None:
    tile, a = Tile(1), entity("a")
    put(tile, a, 1)
    tile.lose(a, 2)
    put(tile, a, 3)
    assert list(tile.gone_since(0)) == []
    tile.lose(a, 4)
    assert list(tile.gone_since(3)) == ["hydro/a"]


def test_what_was_made_of_a_tile_is_forgotten_when_it_changes() -> None:
    tile, a = Tile(1), entity("a")
    put(tile, a, 1)
    tile.memo["x"] = 1
    put(tile, a, 2)
    assert tile.memo == {}
