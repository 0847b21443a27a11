"""Those that the benchmark of serving compares: ours, tipg and pygeoapi, each a process over the same layers, started and measured alike.

The peers come from PyPI into environments of their own under `~/.cache/ioc-bench`; PostGIS is Debian's.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import geopandas as gpd
import psutil
import shapely
import yaml

from benchmarks.rig import execute
from ioc.demo.processes import LOOPBACK, ChildProcess, free_port, is_listening, start_process

CACHE = Path.home() / ".cache" / "ioc-bench"
POSTGIS_HINT = "apt-get install postgresql-15-postgis-3"
SETTINGS = {"shared_buffers": "1GB", "work_mem": "64MB", "random_page_cost": "1.1", "effective_cache_size": "4GB", "max_wal_size": "4GB"}
"""Of the database, as the documents of PostGIS advise for a machine that has memory and no turning disk."""

_PACKAGES = {
    "tipg": ("tipg", "uvicorn[standard]"),
    "pygeoapi": ("pygeoapi", "geoalchemy2", "psycopg2-binary", "gunicorn"),
}
_INDEXED = {"buildings": ("commune", "kind"), "communes": ("code",)}
_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_STARTED_S = 120
_ROWS_AT_ONCE = 20_000


@dataclass
class Server:
    """One that serves: its process, and its address without a slash at the end."""

    name: str
    process: ChildProcess
    url: str

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.url).port or 80

    def memory_mb(self) -> float:
        """Return what it and its workers hold of memory."""
        tree = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        return sum(process.memory_info().rss for process in tree) / 2**20


def environment_of(name: str) -> Path:
    """Return the environment of a peer, made when it is not there; raises CalledProcessError where the registry does not give it."""
    place = CACHE / name
    done = place / "complete"
    if not done.exists():
        print(f"making the environment of {name} in {place}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
        subprocess.run([place / "bin" / "pip", "install", "--quiet", *_PACKAGES[name]], check=True, stderr=subprocess.DEVNULL)
        done.touch()
    return place


def version_of(name: str) -> str:
    """Return the version of a peer."""
    program = f"from importlib.metadata import version; print(version({name!r}))"
    return subprocess.run([CACHE / name / "bin" / "python", "-c", program], check=True, capture_output=True, text=True).stdout.strip()


def fill_postgis(dsn: str, layers: Mapping[str, gpd.GeoDataFrame]) -> str:
    """Store `layers` in PostGIS with every index that the questions can use, and return its version.

    Raises:
        asyncpg.PostgresError: the server has no PostGIS.
    """

    async def fill(conn: asyncpg.Connection) -> str:
        await conn.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        for name, layer in layers.items():
            await _fill_table(conn, name, layer)
        version: str = await conn.fetchval("SELECT postgis_lib_version()")
        return version

    return execute(dsn, fill)


async def _fill_table(conn: asyncpg.Connection, name: str, layer: gpd.GeoDataFrame) -> None:
    columns = [column for column in layer.columns if column != "geometry"]
    kinds = {column: {"i": "integer", "f": "double precision"}.get(layer[column].dtype.kind, "text") for column in columns}
    written = ", ".join(f"{column} {kind}" for column, kind in kinds.items())
    await conn.execute(f"DROP TABLE IF EXISTS {name}; CREATE TABLE {name} ({written}, geom geometry(Geometry, 4326))")
    places = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(kinds.values(), 1))
    insert = f"INSERT INTO {name} SELECT {', '.join(columns)}, ST_SetSRID(ST_GeomFromWKB(wkb), 4326) "
    insert += f"FROM unnest({places}, ${len(columns) + 1}::bytea[]) AS t ({', '.join(columns)}, wkb)"
    for start in range(0, len(layer), _ROWS_AT_ONCE):
        part = layer.iloc[start : start + _ROWS_AT_ONCE]
        await conn.execute(insert, *(part[column].tolist() for column in columns), shapely.to_wkb(part.geometry.to_numpy()).tolist())
    await conn.execute(f"ALTER TABLE {name} ADD PRIMARY KEY (fid); CREATE INDEX ON {name} USING gist (geom)")
    for column in _INDEXED[name]:
        await conn.execute(f"CREATE INDEX ON {name} ({column})")
    await conn.execute(f"VACUUM ANALYZE {name}")


def start_tipg(dsn: str, workers: int, folder: Path) -> Server:
    """Start tipg with `workers` processes of uvicorn."""
    port = free_port()
    command = [environment_of("tipg") / "bin" / "uvicorn", "tipg.main:app", "--host", LOOPBACK, "--port", port, "--workers", workers]
    settings = {"DATABASE_URL": dsn, "TIPG_DB_SCHEMAS": '["public"]', "TIPG_CATALOG_TTL": "3600"}
    return _start("tipg", [*command, "--no-access-log"], settings, port, folder)


def start_pygeoapi(dsn: str, workers: int, folder: Path, extents: Mapping[str, Sequence[float]]) -> Server:
    """Start pygeoapi with `workers` processes of gunicorn, over the same tables of PostGIS."""
    place, port = environment_of("pygeoapi") / "bin", free_port()
    configuration = folder / "pygeoapi.yml"
    configuration.write_text(yaml.safe_dump(_pygeoapi(dsn, port, extents)), encoding="utf-8")
    settings = {"PYGEOAPI_CONFIG": str(configuration), "PYGEOAPI_OPENAPI": str(folder / "pygeoapi-openapi.yml")}
    make = [place / "pygeoapi", "openapi", "generate", configuration, "--output-file", settings["PYGEOAPI_OPENAPI"]]
    subprocess.run([str(each) for each in make], check=True, env=os.environ | settings, capture_output=True)
    # Workers with threads are those of gunicorn that keep a connection alive.
    command = [place / "gunicorn", "pygeoapi.flask_app:APP", "--bind", f"{LOOPBACK}:{port}", "--workers", workers]
    return _start("pygeoapi", [*command, "--worker-class", "gthread", "--threads", 4, "--keep-alive", 75], settings, port, folder)


def _start(name: str, command: Sequence[object], settings: Mapping[str, str], port: int, folder: Path) -> Server:
    log = folder / f"{name}.log"
    environment = {**os.environ, **settings}
    process = start_process(name, [str(part) for part in command], log=log, environment=environment, cwd=folder)
    process.wait_until(lambda: is_listening(port), timeout_s=_STARTED_S)
    return Server(name, process, f"http://{LOOPBACK}:{port}")


def _pygeoapi(dsn: str, port: int, extents: Mapping[str, Sequence[float]]) -> dict[str, object]:
    address = f"http://{LOOPBACK}:{port}"
    return {
        "server": {
            "bind": {"host": LOOPBACK, "port": port},
            "url": address,
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "gzip": False,
            "languages": ["en-US"],
            "limits": {"default_items": 10, "max_items": 10_000},
            "map": {"url": "http://localhost/{z}/{x}/{y}.png", "attribution": "none"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": {"en": "layers"},
                "description": {"en": "layers"},
                "keywords": {"en": ["layers"]},
                "keywords_type": "theme",
                "terms_of_service": "none",
                "url": address,
            },
            "license": {"name": "none", "url": address},
            "provider": {"name": "none", "url": address},
            "contact": {"name": "none"},
        },
        "resources": {name: _resource(name, dsn, extent) for name, extent in extents.items()},
    }


def _resource(name: str, dsn: str, extent: Sequence[float]) -> dict[str, object]:
    at = urlsplit(dsn)
    data = {"host": at.hostname, "port": at.port, "dbname": at.path.lstrip("/"), "user": at.username, "password": at.password}
    shared = {"data": data | {"search_path": ["public"]}, "id_field": "fid", "table": name, "geom_field": "geom"}
    feature = {"type": "feature", "name": "PostgreSQL", **shared}
    tile = {
        "type": "tile",
        "name": "MVT-postgresql",
        **shared,
        "options": {"zoom": {"min": 0, "max": 16}},
        "format": {"name": "pbf", "mimetype": "application/vnd.mapbox-vector-tile"},
        "storage_crs": "http://www.opengis.net/def/crs/EPSG/0/4326",
    }
    return {
        "type": "collection",
        "title": {"en": name},
        "description": {"en": name},
        "keywords": {"en": [name]},
        "links": [],
        "extents": {"spatial": {"bbox": list(extent), "crs": _CRS84}},
        "limits": {"default_items": 10, "max_items": 10_000, "on_exceed": "throttle"},
        "providers": [feature, tile],
    }
