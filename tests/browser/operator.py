"""An operator in front of the map: a real Chromium, told what to do in the words of the map's own driver (map-ui/e2e)."""

from __future__ import annotations

import json
import selectors
import subprocess
from pathlib import Path
from time import monotonic
from typing import Any, Self

from tests.support.requirements import find_chromium

MAP_UI = Path(__file__).parents[2] / "map-ui"
_PATIENCE_S = 60


class BrowserError(AssertionError):
    """What the browser could not do, in its words."""


class Operator:
    """One browser window. Every method of the driver can be called: `operator.acknowledge(id=…)`, `operator.wait_for_live()`."""

    def __init__(self, url: str, **screen: Any) -> None:
        chromium = find_chromium()
        assert chromium, "the marker chromium should have skipped this test"
        script = str(MAP_UI / "e2e" / "console.mjs")
        command = ["node", script, "--url", url, "--chromium", str(chromium), "--screen", json.dumps(screen)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        self._answers = selectors.DefaultSelector()
        assert self._process.stdout
        self._answers.register(self._process.stdout, selectors.EVENT_READ)
        self._read()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __getattr__(self, name: str) -> Any:
        first, *rest = name.split("_")
        action = first + "".join(word.capitalize() for word in rest)
        return lambda **details: self._do(action, details)

    def _do(self, action: str, details: dict[str, Any]) -> Any:
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"do": action, **details}) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> Any:
        assert self._process.stdout
        end = monotonic() + _PATIENCE_S
        if not self._answers.select(end - monotonic()):
            raise BrowserError(f"the browser did not answer within {_PATIENCE_S} s")
        line = self._process.stdout.readline()
        if not line:
            raise BrowserError(f"the browser ended with {self._process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise BrowserError(answer["error"])
        return answer["answer"]
