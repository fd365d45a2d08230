"""BARO beside the engine: installed in a virtual environment of its own, run as a process of its own."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rca.series import TimeSeries
from rca.signals import Signal
from rca.telemetry import Telemetry
from runtime.local.commands import run
from runtime.local.processes import tethered
from runtime.local_settings import ROOT

_LOCK = ROOT / "lab" / "recording" / "baro.lock"
_SCRIPT = ROOT / "lab" / "recording" / "baro_rank.py"
_UV = ROOT / ".venv" / "uv" / "bin" / "uv"
_STEP_S = 5.0  # the finest grid
_TIMEOUT_S = 1_800
_NAMES = {Signal.LATENCY: "latency", Signal.ERRORS: "error"}


class Baro:
    """The published method on the same series. `missing` says why it cannot be run, or is None."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.missing = self._install()

    def rankings(self, cases: Sequence[tuple[Telemetry, float]]) -> tuple[list[list[str]], list[list[str]]]:
        """The services of each (telemetry, onset in epoch seconds), the likeliest first.

        First by BARO's own change point detection, then by the given onset. RuntimeError where it fails.
        """
        tables = [_table(telemetry) | {"onset": onset} for telemetry, onset in cases]
        process = subprocess.run(
            tethered([str(self._home / "bin" / "python"), str(_SCRIPT)], nobody=False),  # it dies with us
            input=json.dumps(tables),
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        if process.returncode != 0:
            raise RuntimeError(f"BARO failed: {process.stderr.strip().splitlines()[-1:]}")
        answers = json.loads(process.stdout)
        return tuple(  # type: ignore[return-value]  # a pair
            [_services(answer[way], telemetry) for answer, (telemetry, _) in zip(answers, cases, strict=True)]
            for way in ("own", "given")
        )

    def _install(self) -> str | None:
        digest = hashlib.sha256(_LOCK.read_bytes()).hexdigest()
        stamp = self._home / "installed"
        if stamp.is_file() and stamp.read_text() == digest:
            return None
        self._home.parent.mkdir(parents=True, exist_ok=True)
        error = run([str(_UV), "venv", "-q", "--clear", "--python", sys.executable, str(self._home)]) or run(
            [
                *("env", f"VIRTUAL_ENV={self._home}", str(_UV)),
                *("pip", "sync", "-q", "--require-hashes", str(_LOCK)),
            ]
        )
        if error is None:
            stamp.write_text(digest)
        return error


def _table(telemetry: Telemetry) -> dict[str, Any]:
    """All series on one grid; gaps take the value before them, as BARO's own loader does.

    The grid is as fine as the series usually are: its time grows with the square of their length.
    """
    series = [item for item in telemetry.series if item.size]
    step = max(float(np.median([item.step for item in series if item.size > 1] or [_STEP_S])), _STEP_S)
    first = min((float(item.times[0]) for item in series), default=0.0)
    times = np.arange(first, max(telemetry.end, first) + step / 2, step)
    columns = {
        f"{place}_{_NAMES.get(item.signal, item.signal.value)}": _on_grid(item, times).tolist()
        for place, item in enumerate(telemetry.series)
        if item.size
    }
    return {"times": times.tolist(), "columns": columns}


def _on_grid(series: TimeSeries, times: np.ndarray) -> np.ndarray:
    """Shape (n,) for `times` of shape (n,); before the first sample its value."""
    places = np.searchsorted(series.times, times, side="right") - 1
    return series.values[np.maximum(places, 0)]


def _services(columns: Sequence[str], telemetry: Telemetry) -> list[str]:
    """The services of ranked columns, each at its best column."""
    return list(dict.fromkeys(telemetry.series[int(name.partition("_")[0])].service for name in columns))
