"""Files of strangers: bombs are refused in one line, and nothing takes long or recurses without bound."""

import gzip
import json
import time
from pathlib import Path

import pytest

from adapters.incidents import limits
from adapters.incidents.folder import read_recordings
from missions.errors import InvalidError

T0 = 1_780_000_000


def refused(folder: Path) -> str:
    """The one line of the refusal."""
    with pytest.raises(InvalidError) as refusal:
        read_recordings(folder)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_a_compressed_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few kilobytes that become more than may be read."""
    monkeypatch.setattr("adapters.incidents.input_file.MAX_DOCUMENT_BYTES", 1024**2)
    (tmp_path / "metrics.json.gz").write_bytes(gzip.compress(b'{"data": [' + b"0," * 1024**2 + b"0]}"))
    assert "metrics.json.gz has more than" in refused(tmp_path)


def test_a_document_of_too_many_values_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values take more memory than their text."""
    monkeypatch.setattr("adapters.incidents.input_file.MAX_DOCUMENT_VALUES", 1000)
    (tmp_path / "metrics.json").write_text("[" + "[]," * 1000 + "[]]")
    assert "more than 1000 values" in refused(tmp_path)


@pytest.mark.parametrize(
    "content", ["[" * 100_000, '{"a":' * 100_000, '{"data":{"result":' + "[" * 5000 + "]" * 5000 + "}}"]
)
def test_nested_json_is_refused(tmp_path: Path, content: str) -> None:
    """Deep nesting ends in one line, not in a recursion."""
    (tmp_path / "metrics.json").write_text(content)
    assert "metrics.json" in refused(tmp_path)


def test_a_cut_archive_is_refused(tmp_path: Path) -> None:
    """Its first part may be readable."""
    (tmp_path / "logs.jsonl.gz").write_bytes(gzip.compress(b'{"a": 1}\n' * 100_000)[:-20])
    assert "logs.jsonl.gz" in refused(tmp_path)


def test_too_many_columns_are_refused(tmp_path: Path) -> None:
    """A table has at most 50 000 columns."""
    (tmp_path / "metrics.csv").write_text("time" + ",a" * (limits.MAX_COLUMNS + 2) + f"\n{T0},1\n")
    assert str(limits.MAX_COLUMNS) in refused(tmp_path)


@pytest.mark.parametrize(
    "line",
    [
        "1" + "," * 200_000,
        "{" + 'a="' + "\\" * 200_000,
        "2026-05-28 20:26:40 " + " " * 200_000 + "x",
        "a=" * 100_000,
        "1." * 100_000,
        "pay_" + "_latency" * 20_000,
    ],
)
def test_long_lines_take_linear_time(tmp_path: Path, line: str) -> None:
    """No pattern backtracks."""
    for name in ("metrics.csv", "export.json", "pay.log"):
        folder = tmp_path / name.replace(".", "-")
        folder.mkdir()
        (folder / name).write_text(
            f"time,pay_latency\n{T0},1\n{line}\n" if name == "metrics.csv" else line + "\n"
        )
        start = time.process_time()
        try:
            read_recordings(folder)
        except InvalidError as error:
            assert "\n" not in str(error)  # noqa: PT017  either result is right
        assert time.process_time() - start < 2


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    """A folder of somebody else cannot make the program read other folders."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "pay.csv").write_text(f"time,pay_latency\n{T0},1\n")
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "inner").symlink_to(tmp_path / "secret")
    (tmp_path / "case" / "logs.jsonl").write_text(
        json.dumps({"timestamp": T0, "message": "x", "service": "a"})
    )
    assert [report.file for report in read_recordings(tmp_path / "case").files] == ["logs.jsonl"]
