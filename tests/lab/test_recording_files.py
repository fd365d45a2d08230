import hashlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.recording import archive
from lab.recording.archive import TooLargeError, read_file, recordings_in, remove_drafts, write_folder
from lab.recording.columns import pack, unpack
from lab.recording.lines import lines_at, read_lines
from lab.recording.thinning import fitted, thin

VALUES = st.one_of(
    st.integers(-(10**18), 10**18).map(str),
    st.floats().map(str),
    st.sampled_from(["NaN", "+Inf", "007", "-0"]),
)
ROWS = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from(["job", "instance", "le"]), st.text(max_size=5)),
        st.lists(st.tuples(st.integers(0, 4 * 10**12), VALUES), max_size=6),
    ),
    max_size=5,
)


@given(ROWS)
def test_columns_keep_every_sample(rows: list[Any]) -> None:
    """The times to the millisecond and Prometheus' own text of each value."""
    result = [
        {"metric": metric, "values": [[stamp / 1000, value] for stamp, value in values]}
        for metric, values in rows
    ]
    answer = {"status": "success", "data": {"resultType": "matrix", "result": result}}
    assert unpack(pack(answer)) == answer


def test_other_answers_are_kept_as_they_are() -> None:
    """An error of a dashboard's query is what a mission would have seen."""
    for answer in (
        {"status": "error", "errorType": "bad_data", "error": "unknown function"},
        {"status": "success", "data": {"resultType": "vector", "result": []}},
        {"status": "success", "warnings": ["x"], "data": {"resultType": "matrix", "result": []}},
    ):
        assert unpack(pack(answer)) == answer


def test_a_recording_names_no_place_of_its_machine(tmp_path: Path) -> None:
    """The folder of each lab is replaced in every file; other paths stay."""
    folder = tmp_path / "development" / "001-kind"
    lines = [
        "at /home/someone/ops-agent/var/lab/run-75/apps/catalog/current/app/app.py:7",
        "at file:///home/someone/var/lab/node_modules/pino/index.js, /usr/lib/python3.11/ssl.py",
        'File "/opt/python/lib/python3.11/ssl.py", /opt/var/lab/venv/lib/python3.11/site-packages/x.py',
    ]
    write_folder(folder, '{"note": "/root/var/lab/run-75/volume"}', {"logs": {}, "spans": lines})
    assert read_file(folder, "spans") == [
        "at /srv/lab/run-75/apps/catalog/current/app/app.py:7",
        "at file:///srv/lab/node_modules/pino/index.js, /usr/lib/python3.11/ssl.py",
        'File "/usr/lib/python3.11/ssl.py", /srv/lab/venv/lib/python3.11/site-packages/x.py',
    ]
    assert (folder / "truth.json").read_text() == '{"note": "/srv/lab/run-75/volume"}\n'


def test_a_folder_appears_complete_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that cannot be written, or one too many bytes, leaves nothing."""
    folder = tmp_path / "development" / "001-kind"
    with pytest.raises(TypeError):
        write_folder(folder, "{}", {"panels": object()})
    monkeypatch.setattr(archive, "MAX_FOLDER_BYTES", 100)
    with pytest.raises(TooLargeError, match=r"panels\.json\.xz"):
        write_folder(folder, "{}", {"panels": [str(number) for number in range(1000)]})
    assert list(folder.parent.iterdir()) == []


def test_a_draft_of_a_killed_recorder_is_no_recording(tmp_path: Path) -> None:
    """It is neither read nor kept."""
    draft = tmp_path / ".001-kind.4711"
    draft.mkdir()
    (draft / "truth.json").write_text("{}")
    write_folder(tmp_path / "002-kind", "{}", {"raw": {"a": 1}})
    assert recordings_in(tmp_path) == [tmp_path / "002-kind"]
    assert read_file(tmp_path / "002-kind", "raw") == {"a": 1}
    remove_drafts(tmp_path, "001-kind")
    assert not draft.exists()


def test_the_lines_of_a_moment(tmp_path: Path) -> None:
    """Lines before the window are left out, and a line that is not complete yet is not seen."""
    log = tmp_path / "catalog-1.log"
    log.write_bytes(b"before\nfirst\nsecond\nthi")
    recorded = read_lines(log, [(100.0, 7), (105.0, 13), (110.0, 22), (115.0, 23)])
    assert recorded["lines"] == ["first", "second"]
    assert [lines_at(recorded, at) for at in (99.0, 100.0, 107.0, 200.0)] == [
        [],
        [],
        ["first"],
        ["first", "second"],
    ]


def test_a_replaced_log_has_the_lines_of_the_new_file(tmp_path: Path) -> None:
    """It became shorter between two looks. Before, the new lines are not seen."""
    log = tmp_path / "orders-1.log"
    log.write_bytes(b"new\n")
    recorded = read_lines(log, [(0.0, 900), (5.0, 0), (10.0, 4)])
    assert recorded["lines"] == ["new"]
    assert [lines_at(recorded, at) for at in (0.0, 5.0, 10.0)] == [[], [], ["new"]]
    assert read_lines(tmp_path / "absent.log", [(0.0, 0), (5.0, 0)])["lines"] == []


LOG = [f"10:00:{second:02} GET /concerts/{second * 7} 200" for second in range(60)] * 4 + ["Traceback"]


def test_only_repeats_of_routine_lines_are_left_out() -> None:
    """What is left out is counted at each moment, and a rare line is always kept."""
    recorded = {"lines": LOG, "counts": [(0.0, 0), (5.0, 120), (10.0, 241)]}
    thinned = thin(recorded, 3)
    assert thinned["lines"][-1] == "Traceback"
    assert len(thinned["lines"]) == 81
    assert thinned["counts"] == [(0.0, 0), (5.0, 40), (10.0, 81)]
    assert thinned["omitted"] == [(0.0, 0), (5.0, 80), (10.0, 160)]
    assert lines_at(thinned, 5.0) == thinned["lines"][:40]


@pytest.mark.parametrize(
    "line",
    [
        '127.0.0.1 - - [30/Nov/2026:00:40:38 +0000] "GET /tickets HTTP/1.1" {status} 150 "-" "agent"',
        '{{"level":30,"time":"2026-11-30T00:40:38.512Z","res":{{"statusCode":{status}}},"responseTime":7}}',
        "2026-11-30 00:40:38,512 INFO orders: POST /orders {status} 12ms request_id=5f0c",
    ],
)
def test_a_failed_request_is_no_repeat_of_those_that_were_answered(line: str) -> None:
    """A few errors among many good answers are all kept."""
    statuses = [502 if place % 50 == 7 else 200 for place in range(300)]
    lines = [line.format(status=status) for status in statuses]
    kept = thin({"lines": lines, "counts": []}, 8)["lines"]
    assert sum(" 502" in text or ":502" in text for text in kept) == 6
    assert len(kept) == 6 + -(-294 // 8)


def test_lines_are_left_out_only_where_the_folder_would_be_too_large() -> None:
    """The first number that fits is taken."""
    lines = [
        f"request {hashlib.sha256(bytes([place % 256, place // 256])).hexdigest()} done"
        for place in range(2_000)
    ]
    files = {"raw": [1], "logs": {"web": {"lines": lines, "counts": [(0.0, 2_000)]}}}
    content, every = fitted(files, 1_000_000)
    assert every == 1
    whole = sum(map(len, content.values()))
    content, every = fitted(files, whole // 2)
    assert every in (2, 3)
    assert sum(map(len, content.values())) <= whole // 2


def test_committed_recordings_are_complete_and_small(root: Path) -> None:
    """At most 700 kB each and 50 MB in all, in the half of their kind, without drafts."""
    from lab.recording.reader import Recording
    from lab.recording.split import half_of

    recordings = root / "lab" / "recordings"
    sizes = []
    for half in ("development", "held-out"):
        for folder in (recordings / half).glob("*"):
            assert half_of(Recording(folder).truth.kind) == half
            assert Recording(folder).truth.id == folder.name
            sizes.append(archive.folder_bytes(folder))
    assert max(sizes, default=0) <= archive.MAX_FOLDER_BYTES
    assert sum(sizes) <= archive.MAX_TOTAL_BYTES
