import asyncpg

from tests.support.databases import Database

TOLD = (
    "2023-05-15",
    "2023-01-31",
    "2024-02-29",
    "2023-02-29",
    "1999-12-31",
    "0999-01-01",
    "2023-05-15T08:30:00+07:00",
    "2023-05-15t08:30:00z",
    "2023-05-15T08:30Z",
    "2023-05-31T23:59:59.999999999Z",
    "2023-05-32",
    "15/05/2023",
    "2023-5-15",
    " 2023-05-15",
    "tomorrow",
    "",
)


async def test_what_is_read_quickly_is_what_is_read_with_care(database: Database) -> None:
    conn = await asyncpg.connect(database.dsn)
    try:
        rows = await conn.fetch(
            "SELECT told, told_instant(told) AS quick, told_instant_slowly(told) AS slow FROM unnest($1::text[]) AS told", TOLD
        )
        end = await conn.fetchval("SELECT told_instant('2023-05-15') = '2023-05-15T23:59:59.999999+07:00'::timestamptz")
    finally:
        await conn.close()
    assert end, "a day is told with its end"
    quick, slow = ({row["told"]: row[way] for row in rows} for way in ("quick", "slow"))
    assert {told for told, instant in quick.items() if instant is None} == {
        "2023-02-29", "0999-01-01", "2023-05-32", "15/05/2023", "2023-5-15", " 2023-05-15", "tomorrow", "",
    }  # fmt: skip
    assert {told: instant for told, instant in quick.items() if instant} == {told: slow[told] for told in quick if quick[told]}
