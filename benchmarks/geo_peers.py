"""How fast layers are served beside tipg and pygeoapi, `make bench NAME=geo_peers ARGS='--buildings 1000000'`: the same data, machine and run.

The communes of a province (those of IOC_TEST_DATA where it is set) and a million buildings. The peers read PostGIS, with every index that the
questions can use, in the same server that keeps our database. All are processes with as many workers, asked over connections that stay open; that
the three answer with the same features is checked first. A peer that cannot be had is left out, and the run says so. Further arguments:
`--seconds` for each measurement, `--clients`, `--workers` of the peers; ours is one process.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import asyncpg
import geopandas as gpd
import msgspec
import psutil
import yaml

from benchmarks.geo_client import Client, Speed, measure
from benchmarks.geo_layers import buildings, communes
from benchmarks.geo_questions import OURS, PYGEOAPI, TIPG, Question, questions
from benchmarks.geo_servers import POSTGIS_HINT, SETTINGS, Server, fill_postgis, start_pygeoapi, start_tipg, version_of
from benchmarks.rig import cpu_of_tree, report
from ioc.demo.broker import Broker, start_broker
from ioc.demo.postgres import PostgresServer
from ioc.errors import IocError
from ioc.geo.publish import sdi_publish
from ioc.store.migrate import migrate
from tests.support.databases import Database
from tests.support.services import Service

GOAL = 5.0
GOAL_START_S, GOAL_MEMORY_MB = 15.0, 3 * 1024
COMPARED, FEWEST_COMPARED, PATIENCE_S = 12, 3, 30
"""Answers to each question that are compared feature by feature; fewer where that takes longer than so many seconds."""


def main() -> None:
    """Publish, compare the answers, measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--buildings", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    areas = communes()
    layers = {"communes": areas, "buildings": buildings(given.buildings, areas)}
    with tempfile.TemporaryDirectory(prefix="ioc-bench-") as folder:
        place = Path(folder)
        place.chmod(0o711)  # PostgreSQL runs as another user than root
        with PostgresServer(place / "postgres", settings=SETTINGS) as server:
            print(f"{server.description}; {len(areas)} communes, {given.buildings:,} buildings", flush=True)
            run(given, place, server, layers)


def run(given: argparse.Namespace, place: Path, server: PostgresServer, layers: Mapping[str, gpd.GeoDataFrame]) -> None:
    """Start everybody, measure, and end everybody."""
    broker = start_broker(place / "broker")
    servers: list[Server] = []
    service = publish_and_start(place, server, broker, layers)
    try:
        servers += peers(given.workers, place, server, layers)
        urls = {OURS: service.url} | {each.name: each.url for each in servers}
        pids = {OURS: service.pid} | {each.name: each.process.pid for each in servers}
        for question in questions(layers["buildings"], {layer: levels_of(service.url, layer) for layer in layers}):
            compare(question, urls)
            judge(question, {name: ask(question, name, url, given, cpu_of(pids[name], server.pid)) for name, url in urls.items()})
    finally:
        for each in servers:
            each.process.stop()
        service.stop()
        broker.stop()


def publish_and_start(place: Path, server: PostgresServer, broker: Broker, layers: Mapping[str, gpd.GeoDataFrame]) -> Service:
    """Publish the layers, tell how long that took, and return our service, started and measured."""
    server.create_database("ioc")
    database = Database(server.dsn("ioc"), migrate(server.dsn("ioc")))
    sdi = place / "sdi"
    sdi.mkdir()
    for name, layer in layers.items():
        layer.to_parquet(sdi / f"{name}.parquet")
    (sdi / "catalogue.yaml").write_text(yaml.safe_dump({"layers": [_entry(name) for name in layers]}, allow_unicode=True), encoding="utf-8")
    for name in layers:
        live_s, drawn_s = publish(database.dsn, sdi, name)
        print(f"{name}: live {live_s:.1f} s after publishing began, tiles drawn {drawn_s:.1f} s later", flush=True)
    service = Service(database, broker, place, {"IOC_LOG_LEVEL": "warning", "IOC_TILE_CACHE": str(place / "tiles")})
    began = time.monotonic()
    service.start(wait=False)
    service.wait_ready(timeout_s=300)
    started_s, memory_mb = time.monotonic() - began, psutil.Process(service.pid).memory_info().rss / 2**20
    report("start_s", started_s, GOAL_START_S, at_most=True)
    report("memory_after_start_mb", memory_mb, GOAL_MEMORY_MB, at_most=True)
    return service


def levels_of(url: str, layer: str) -> range:
    """Return the levels at which we have tiles of a layer."""
    told = msgspec.json.decode(_get(url, f"/ogc/collections/{layer}/tiles/WebMercatorQuad/tilejson.json"))
    return range(told["minzoom"], told["maxzoom"] + 1)


def cpu_of(server: int, database: int | None) -> Callable[[], float]:
    """Return what tells the seconds of CPU that a server and the database have used."""
    return lambda: cpu_of_tree(server) + cpu_of_tree(database)


def publish(dsn: str, sdi: Path, layer: str) -> tuple[float, float]:
    """Publish a layer; return the seconds until it was live, and from then until its tiles were drawn."""
    times: dict[str, float] = {}

    def note(_layer: str, doing: str, _share: float) -> None:
        times.setdefault(doing, time.monotonic())

    began = time.monotonic()
    asyncio.run(sdi_publish(dsn, sdi_dir=sdi, layer=layer, on_progress=note))
    return times["live"] - began, times["done"] - times["live"]


def _entry(name: str) -> dict[str, object]:
    text = {"vi": name, "en": name}
    told = {"id": name, "title": text, "summary": text, "lineage": text, "file": f"{name}.parquet", "key": "fid"}
    return told | {"public": True, "owner": "benchmark", "licence": "none"}


def peers(workers: int, place: Path, server: PostgresServer, layers: Mapping[str, gpd.GeoDataFrame]) -> list[Server]:
    """Return the peers that can be had, and say which cannot."""
    server.create_database("peers")
    dsn = server.dsn("peers")
    try:
        print(f"PostGIS {fill_postgis(dsn, layers)}", flush=True)
    except asyncpg.PostgresError as error:
        print(f"no peer is measured, PostGIS is not there ({error}): {POSTGIS_HINT}", flush=True)
        return []
    extents = {name: layer.total_bounds.tolist() for name, layer in layers.items()}
    starts: dict[str, Callable[[], Server]] = {
        TIPG: lambda: start_tipg(dsn, workers, place),
        PYGEOAPI: lambda: start_pygeoapi(dsn, workers, place, extents),
    }
    found = []
    for name, start in starts.items():
        try:
            found.append(start())
            print(f"{name} {version_of(name)}, {workers} worker(s), {found[-1].memory_mb():.0f} MB", flush=True)
        except (subprocess.CalledProcessError, IocError) as error:
            print(f"{name} is not measured: {error}", flush=True)
    return found


def compare(question: Question, urls: Mapping[str, str]) -> None:
    """Stop where the answers of two servers have not the same features."""
    began = time.monotonic()
    for number in range(COMPARED):
        if number >= FEWEST_COMPARED and time.monotonic() - began > PATIENCE_S:
            return
        answers = {name: question.read(_get(url, question.paths[name][number])) for name, url in urls.items()}
        for name, features in answers.items():
            if wrong := question.differing(features, answers[OURS]):
                asked = f"{urls[name]}{question.paths[name][number]}"
                raise RuntimeError(f"{asked} and ours have not the same features: {sorted(wrong)[:10]}")


def _get(url: str, path: str) -> bytes:
    with Client(url) as client:
        status, _, body = client.get(path)
    if status >= 400:
        raise RuntimeError(f"{url}{path} answered {status}: {body[:500]!r}")
    return body


def ask(question: Question, name: str, url: str, given: argparse.Namespace, cpu: Callable[[], float]) -> Speed:
    """Measure one server and print what it came to."""
    speed = measure(url, question.paths[name], clients=given.clients, seconds=given.seconds, cpu=cpu)
    busy = psutil.getloadavg()[0]
    print(
        f"  {question.name:24} {name:9} p50 {speed.p50_ms:8.2f} ms  p99 {speed.p99_ms:8.2f} ms  cpu {speed.cpu_ms:7.2f} ms  {speed.rate:8.1f}/s  load {busy:.1f}",
        flush=True,
    )
    return speed


def judge(question: Question, speeds: Mapping[str, Speed]) -> None:
    """Print the lines of the goals: how many times as fast as the better of the peers."""
    ours, others = speeds[OURS], [speed for name, speed in speeds.items() if name != OURS]
    if others:
        report(f"{question.name}_p50", min(other.p50_ms for other in others) / ours.p50_ms, GOAL)
        report(f"{question.name}_cpu", min(other.cpu_ms for other in others) / ours.cpu_ms, GOAL)
        report(f"{question.name}_throughput", ours.rate / max(other.rate for other in others), GOAL)


if __name__ == "__main__":
    main()
