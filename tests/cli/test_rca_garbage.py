"""Any folder gives a result or one clear line, never a traceback or a claim without evidence."""

import json
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from cli.client import ApiError
from cli.main import app

_CELL = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True).map(repr),
    st.sampled_from(["", "nan", "-", "1e400", "0", "2026-01-01T00:00:00Z", "9" * 400, "\x00", '"', "é,é"]),
)
_NAME = st.sampled_from(
    ["a_cpu", "a_latency-90", "b_error", "b_availability", "_", "__", "cpu", "", "x y_mem", "a_load", '"q']
)
_FIELDS = (
    *("timestamp", "service", "level", "message", "kind", "description"),
    *("traceId", "spanId", "parentId", "start", "durationMs", "error"),
)
_LINE = st.one_of(
    st.text(max_size=60),
    st.dictionaries(
        st.sampled_from(_FIELDS),
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just([])),
    ).map(json.dumps),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rows=st.lists(st.lists(_CELL, max_size=5), max_size=30),
    names=st.lists(_NAME, max_size=5),
    graph=st.lists(st.lists(_NAME, max_size=4), max_size=4),
    lines=st.lists(_LINE, max_size=6),
    onset=st.one_of(st.just(""), _CELL),
    symptom=st.one_of(st.just(""), st.text(max_size=10), st.just("a:latency")),
)
def test_any_folder_is_answered(
    rows: list[list[str]],
    names: list[str],
    graph: list[list[str]],
    lines: list[str],
    onset: str,
    symptom: str,
) -> None:
    """Bounded fuzzing; inputs that once failed stay in the alphabet."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        text = "\n".join([",".join(["time", *names]), *map(",".join, rows)])
        (folder / "metrics.csv").write_text(text, encoding="utf-8", errors="replace")
        (folder / "graph.csv").write_text("\n".join(map(",".join, graph)))
        for name in ("logs", "traces", "configs"):
            (folder / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8", errors="replace")
        arguments = ["rca", place, f"--onset={onset}", f"--symptom={symptom}", "--json"]
        done = CliRunner().invoke(app, arguments)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        assert isinstance(done.exception, ApiError), repr(done.exception)
        return
    if done.exit_code == 0:
        answer = json.loads(done.stdout)
        assert answer["verdict"] in {"healthy", "inconclusive", "found"}
        assert all(candidate["evidence"] for candidate in answer["rootCauseCandidates"])
