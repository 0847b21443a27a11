"""Tables on a terminal that are never cut: a name that ends in dots cannot be copied."""

from __future__ import annotations

from collections.abc import Container

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDEST = 10_000


def whole_table(*columns: str, numbers: Container[str] = ()) -> Table:
    """Return a table with these columns, those in `numbers` aligned right."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column, no_wrap=True, justify="right" if column in numbers else "left")
    return table


def print_whole(console: Console, table: Table) -> None:
    """Print `table` as wide as it is; a narrower terminal breaks its lines."""
    width = console.measure(table, options=console.options.update(width=_WIDEST)).maximum
    for line in console.render_lines(table, console.options.update(width=width), pad=False):
        console.print(Text.assemble(*((segment.text, segment.style or "") for segment in line)), soft_wrap=True)
