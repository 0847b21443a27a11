"""The broker's settings of deploy/, run for real: passwords, the access list, TLS, and the limits."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from ioc.demo.broker import find_mosquitto
from ioc.demo.processes import free_port, is_listening
from ioc.demo.simulate import simulate_province
from ioc.doctor.broker import check_broker
from ioc.doctor.finding import Finding, Status
from ioc.settings import Settings

pytestmark = pytest.mark.mosquitto

DEPLOY = Path(__file__).parents[2] / "deploy"
PASSWORDS = {"ioc": "secret-of-the-service", "bg-air": "secret-of-bg-air", "bg-hydro": "secret-of-bg-hydro"}


@dataclass
class Installation:
    """A broker with the settings of deploy/, its paths and port alone changed."""

    folder: Path
    port: int

    @property
    def ca_file(self) -> Path:
        return self.folder / "certificates" / "ca.crt"

    def arguments(self, user: str, password: str | None = None) -> list[str]:
        return ["-h", "localhost", "-p", str(self.port), "--cafile", str(self.ca_file), "-u", user, "-P", password or PASSWORDS[user]]

    def publish(
        self, user: str, topic: str, payload: str = "x", *, password: str | None = None, retain: bool = False
    ) -> subprocess.CompletedProcess[str]:
        command = ["mosquitto_pub", *self.arguments(user, password), "-V", "5", "-q", "1", "-t", topic, "-m", payload]
        return subprocess.run([*command, *(["-r"] if retain else [])], capture_output=True, text=True, timeout=20, check=False)

    def subscribe(self, user: str, topic: str, *, count: int = 1, wait_s: int = 10) -> subprocess.Popen[str]:
        """Start to listen; returns when the broker has answered the subscription."""
        command = [
            "mosquitto_sub",
            "-d",
            *self.arguments(user),
            "-V",
            "5",
            "-q",
            "1",
            "-t",
            topic,
            "-C",
            str(count),
            "-W",
            str(wait_s),
            "-v",
        ]
        process = subprocess.Popen(["stdbuf", "-oL", *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert process.stdout
        for line in process.stdout:
            if line.startswith("Subscribed"):
                return process
        raise AssertionError("the subscription was not answered")


def received(process: subprocess.Popen[str]) -> list[str]:
    """What a subscriber printed for messages, after it has ended."""
    output, _ = process.communicate(timeout=20)
    return [line for line in output.splitlines() if line.startswith("ioc/v1")]


def run_script(script: str, *arguments: str, folder: Path, text: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | settings
    environment |= {"OWNER": "", "ACCESS": f"{folder}/access", "CERTIFICATES": f"{folder}/certificates", "AUTHORITY": f"{folder}/authority"}
    return subprocess.run(
        ["sh", DEPLOY / script, *arguments], input=text, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def certificate(folder: Path) -> bytes:
    return (folder / "certificates" / "server.crt").read_bytes()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders of an installation, made by the scripts that the compose file runs."""
    folder = tmp_path_factory.mktemp("broker")
    assert run_script("certificates/make-certificates.sh", folder=folder, NAMES="ioc.example 10.1.2.3").returncode == 0
    assert run_script("mosquitto/set-passwords.sh", folder=folder, IOC_MQTT_PASSWORD=PASSWORDS["ioc"]).returncode == 0
    for source in ("bg-air", "bg-hydro"):
        assert run_script("mosquitto/set-passwords.sh", source, folder=folder, text=f"{PASSWORDS[source]}\n").returncode == 0
    return folder


@pytest.fixture(scope="module")
def installation(prepared: Path) -> Iterator[Installation]:
    with running(prepared) as found:
        yield found


def test_settings_are_accepted_without_complaint(installation: Installation) -> None:
    log = (installation.folder / "log").read_text().replace("Warning: Mosquitto should not be run as root", "")
    assert "running" in log
    assert "Error" not in log
    assert "Warning" not in log
    assert "recommended" not in log


def test_a_source_writes_in_its_own_room(installation: Installation) -> None:
    service = installation.subscribe("ioc", "ioc/v1/#")
    assert installation.publish("bg-air", "ioc/v1/bg-air/obs/kk-1/pm2_5", "31").returncode == 0
    assert received(service) == ["ioc/v1/bg-air/obs/kk-1/pm2_5 31"]


@pytest.mark.parametrize(
    "topic", ["ioc/v1/bg-hydro/obs/luc-nam/water_level", "ioc/v1/bg-air2/status", "ioc/live/state", "ioc/v1/ioc/status"]
)
def test_a_source_cannot_write_elsewhere(installation: Installation, topic: str) -> None:
    service = installation.subscribe("ioc", "ioc/#")
    refused = installation.publish("bg-air", topic, "9.9")
    assert "Not authorized" in refused.stderr + refused.stdout
    installation.publish("bg-air", "ioc/v1/bg-air/obs/kk-1/pm2_5", "the only one")
    assert received(service) == ["ioc/v1/bg-air/obs/kk-1/pm2_5 the only one"]


def test_a_source_reads_its_feedback_and_nobody_elses(installation: Installation) -> None:
    own = installation.subscribe("bg-air", "ioc/v1/+/feedback", wait_s=5)
    installation.publish("ioc", "ioc/v1/bg-hydro/feedback", "not yours")
    installation.publish("ioc", "ioc/v1/bg-air/feedback", "yours")
    assert received(own) == ["ioc/v1/bg-air/feedback yours"]


def test_a_source_does_not_read_what_others_send(installation: Installation) -> None:
    spy = installation.subscribe("bg-hydro", "ioc/v1/bg-air/#", wait_s=2)
    installation.publish("bg-air", "ioc/v1/bg-air/obs/kk-1/pm2_5", "31")
    assert received(spy) == []


def test_a_wrong_password_is_refused(installation: Installation) -> None:
    refused = installation.publish("bg-air", "ioc/v1/bg-air/status", password="secret-of-somebody")
    assert refused.returncode != 0
    assert "Not authorized" in refused.stderr + refused.stdout


def test_nobody_enters_without_name(installation: Installation) -> None:
    command = [
        "mosquitto_pub",
        "-h",
        "localhost",
        "-p",
        str(installation.port),
        "--cafile",
        str(installation.ca_file),
        "-t",
        "x",
        "-m",
        "x",
    ]
    assert subprocess.run(command, capture_output=True, timeout=20, check=False).returncode != 0


def test_nobody_enters_without_encryption(installation: Installation) -> None:
    command = [
        "mosquitto_pub",
        "-h",
        "localhost",
        "-p",
        str(installation.port),
        "-u",
        "bg-air",
        "-P",
        PASSWORDS["bg-air"],
        "-t",
        "x",
        "-m",
        "x",
    ]
    assert subprocess.run(command, capture_output=True, timeout=20, check=False).returncode != 0


def test_a_stranger_to_the_authority_does_not_trust_the_broker(installation: Installation) -> None:
    with (
        pytest.raises(ssl.SSLCertVerificationError),
        ssl.create_default_context().wrap_socket(connect(installation), server_hostname="localhost"),
    ):
        pass


@pytest.mark.parametrize("name", ["broker", "localhost", "ioc.example", "10.1.2.3"])
def test_the_certificate_holds_for_every_name(installation: Installation, name: str) -> None:
    context = ssl.create_default_context(cafile=installation.ca_file)
    with context.wrap_socket(connect(installation), server_hostname=name) as encrypted:
        assert encrypted.version() in ("TLSv1.2", "TLSv1.3")


def test_messages_wait_for_a_durable_session_beyond_the_usual_limits(installation: Installation) -> None:
    session = [*installation.arguments("ioc"), "-V", "311", "-q", "1", "-c", "-i", "ioc-default", "-t", "ioc/v1/bg-hydro/#"]
    subprocess.run(["mosquitto_sub", *session, "-E"], timeout=20, check=True)
    many = "\n".join(map(str, range(1500)))
    publish = ["mosquitto_pub", *installation.arguments("bg-hydro"), "-q", "1", "-t", "ioc/v1/bg-hydro/obs/luc-nam/water_level", "-l"]
    subprocess.run(publish, input=many, text=True, timeout=30, check=True)
    back = subprocess.run(["mosquitto_sub", *session, "-C", "1500", "-W", "20"], capture_output=True, text=True, timeout=30, check=True)
    assert back.stdout.split() == many.split()


def test_the_simulated_province_enters_by_the_same_door(installation: Installation) -> None:
    service = installation.subscribe("ioc", "ioc/v1/bg-hydro/station/luc-nam")
    url = f"mqtts://ioc:{PASSWORDS['ioc']}@localhost:{installation.port}"
    simulate_province(mqtt_url=url, ca_file=installation.ca_file, duration_s=1.5)
    assert "Lục Nam" in received(service)[0]


@pytest.mark.parametrize("protocol", [5, 311])
def test_the_doctor_finds_it_well(installation: Installation, protocol: Literal[5, 311]) -> None:
    def found(user: str) -> list[Finding]:
        url = f"mqtts://{user}:{PASSWORDS[user]}@localhost:{installation.port}"
        return check_broker(Settings(mqtt_url=url, mqtt_protocol=protocol, mqtt_ca_file=installation.ca_file))

    assert [finding for finding in found("ioc") if finding.status is not Status.OK] == []
    assert [finding.status for finding in found("bg-air")] == [Status.FAULT], "a source has nothing to do outside its room"


def test_removed_source_is_refused_after_a_reload(installation: Installation) -> None:
    run_script("mosquitto/set-passwords.sh", "bg-waste", folder=installation.folder, text="secret-of-bg-waste\n")
    reload(installation)
    assert installation.publish("bg-waste", "ioc/v1/bg-waste/status", password="secret-of-bg-waste").returncode == 0
    run_script("mosquitto/set-passwords.sh", "--remove", "bg-waste", folder=installation.folder)
    reload(installation)
    assert installation.publish("bg-waste", "ioc/v1/bg-waste/status", password="secret-of-bg-waste").returncode != 0


@pytest.mark.parametrize(("name", "text"), [("../x", "long-enough-a-secret"), ("a#", "long-enough-a-secret"), ("", "long-enough-a-secret")])
def test_a_name_that_is_no_source_is_refused(prepared: Path, name: str, text: str) -> None:
    done = run_script("mosquitto/set-passwords.sh", name, folder=prepared, text=text)
    assert done.returncode == 2
    assert "is no name of a source" in done.stderr


def test_a_short_password_is_refused(prepared: Path) -> None:
    done = run_script("mosquitto/set-passwords.sh", "bg-waste", folder=prepared, text="short\n")
    assert done.returncode == 2
    assert "has 5 characters, 12 are the least" in done.stderr


def test_a_good_certificate_is_kept(prepared: Path) -> None:
    before = certificate(prepared)
    run_script("certificates/make-certificates.sh", folder=prepared, NAMES="ioc.example 10.1.2.3")
    assert certificate(prepared) == before


def test_another_name_makes_another_certificate_of_the_same_authority(tmp_path: Path) -> None:
    run_script("certificates/make-certificates.sh", folder=tmp_path)
    before, authority = certificate(tmp_path), (tmp_path / "certificates" / "ca.crt").read_bytes()
    run_script("certificates/make-certificates.sh", folder=tmp_path, NAMES="ioc.example")
    assert certificate(tmp_path) != before
    assert (tmp_path / "certificates" / "ca.crt").read_bytes() == authority


def test_own_certificate_is_left_alone(prepared: Path, tmp_path: Path) -> None:
    shutil.copytree(prepared / "certificates", tmp_path / "certificates")
    done = run_script("certificates/make-certificates.sh", folder=tmp_path, NAMES="another.example")
    assert done.returncode == 0
    assert certificate(tmp_path) == certificate(prepared)


def test_renewed_certificate_is_shown_after_a_reload(prepared: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(prepared, folder, ignore=shutil.ignore_patterns("data", "log", "pid"))
    with running(folder) as renewed:
        run_script("certificates/make-certificates.sh", folder=folder, NAMES="another.example")
        reload(renewed)
        context = ssl.create_default_context(cafile=renewed.ca_file)
        with context.wrap_socket(connect(renewed), server_hostname="another.example") as encrypted:
            assert encrypted.getpeercert(binary_form=True) == ssl.PEM_cert_to_DER_cert(certificate(folder).decode())


@contextmanager
def running(folder: Path) -> Iterator[Installation]:
    """Run the broker on what the scripts have put into `folder`."""
    program = find_mosquitto()
    if program is None:
        pytest.skip("Mosquitto is not installed")
    port = free_port()
    (folder / "data").mkdir()
    shutil.copy(DEPLOY / "mosquitto" / "access.acl", folder)
    settings = (DEPLOY / "mosquitto" / "mosquitto.conf").read_text(encoding="utf-8")
    settings = settings.replace("listener 8883\n", f"listener {port} localhost\n").replace("/mosquitto/config/", f"{folder}/")
    # A broker that root starts becomes another user, who may not read the test's folder.
    settings = settings.replace(" /mosquitto/", f" {folder}/") + ("user root\n" if os.geteuid() == 0 else "")
    (folder / "mosquitto.conf").write_text(settings, encoding="utf-8")
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([program, "-c", folder / "mosquitto.conf"], stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_until(lambda: process.poll() is not None or is_listening(port))
        assert process.poll() is None, (folder / "log").read_text()
        (folder / "pid").write_text(str(process.pid))
        yield Installation(folder, port)
    finally:
        process.terminate()
        process.wait(10)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def reload(installation: Installation) -> None:
    """Have the broker read its files again, and wait until its log says so."""
    log = installation.folder / "log"
    before = log.read_text().count("Reloading config")
    os.kill(int((installation.folder / "pid").read_text()), signal.SIGHUP)
    wait_until(lambda: log.read_text().count("Reloading config") > before)


def connect(installation: Installation) -> socket.socket:
    return socket.create_connection(("localhost", installation.port), timeout=10)
