"""`ioc asyncapi`: the MQTT contract as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer


def asyncapi(out: Annotated[Path | None, typer.Option(help="the file to write; without it the document is printed")] = None) -> None:
    """Write the MQTT contract as an AsyncAPI 3.0 document."""
    from ioc.ingest.asyncapi import document  # noqa: PLC0415 - keeps `ioc --help` quick

    text = msgspec.json.format(msgspec.json.encode(document()), indent=2).decode()
    if out is None:
        typer.echo(text)
    else:
        out.write_text(text + "\n", encoding="utf-8")
