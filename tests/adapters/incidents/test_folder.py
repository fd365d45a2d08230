from pathlib import Path

import numpy as np
import pytest

from adapters.incidents.folder import read_folder, read_metrics
from adapters.incidents.graphs import read_graph
from missions.errors import InvalidError


def test_a_name_known_from_the_graph_wins(tmp_path: Path) -> None:
    """A service's name from the graph is used even if it contains a metric word."""
    (tmp_path / "metrics.csv").write_text("time,load_error_cpu\n1,2\n")
    (tmp_path / "graph.csv").write_text(",web,load\nweb,0,1\nload,0,0\n")
    table = read_folder(tmp_path)
    assert [(series.service, series.metric) for series in table.series] == [("load", "error_cpu")]
    assert [(edge.caller, edge.callee) for edge in table.dependencies] == [("web", "load")]


def test_times_may_be_seconds_milliseconds_or_iso_unordered_and_twice(tmp_path: Path) -> None:
    """Times are sorted, and of equal times the last row is kept."""
    path = tmp_path / "metrics.csv"
    path.write_text("time,a_cpu\n1700000010,2\n1700000000000,1\n2023-11-14T22:13:40Z,3\n1700000010,5\n")
    (series,) = read_folder(tmp_path).series
    assert series.times.tolist() == [1700000000, 1700000010, 1700000020]
    assert series.values.tolist() == [1, 5, 3]


def test_three_header_rows_and_a_row_that_names_the_index(tmp_path: Path) -> None:
    """Three header rows are service, metric and statistic; an empty cell is a gap."""
    path = tmp_path / "metrics.csv"
    path.write_text(
        "microservice,A::B,A::B\nmetric,latency,latency\nstatistic,Average,p90\nunix_timestamp,,\n"
        "100.0,1.5,\n400.0,2.5,7\n"
    )
    recorded = read_metrics(path)
    assert [series.key for series in recorded] == [
        ("A::B", "latency", "Average"),
        ("A::B", "latency", "p90"),
    ]
    assert np.isnan(recorded[1].values[0])


def test_a_baseline_belongs_to_the_series_of_the_same_name(tmp_path: Path) -> None:
    """A baseline is matched by name, in any order of columns, and may be missing."""
    (tmp_path / "metrics.csv").write_text("time,a_cpu,b_cpu\n10,1,2\n")
    (tmp_path / "usual.csv").write_text("time,b_cpu\n1,7\n2,\n3,8\n")
    all_series = read_folder(tmp_path, tmp_path / "usual.csv").series
    assert {series.service: series.baseline.tolist() for series in all_series} == {"a": [], "b": [7, 8]}
    assert {series.service: series.baseline_times.tolist() for series in all_series} == {"a": [], "b": [1, 3]}


@pytest.mark.parametrize("content", [b"", b"time,a_cpu\nx,1\ny,2\n", b"\xff\xfe\x00"])
def test_no_recording_is_a_clear_error(tmp_path: Path, content: bytes) -> None:
    """An unreadable file is an error that names the file."""
    (tmp_path / "metrics.csv").write_bytes(content)
    with pytest.raises(InvalidError, match=r"metrics\.csv"):
        read_folder(tmp_path)


def test_a_folder_without_metrics_is_a_clear_error(tmp_path: Path) -> None:
    """A folder without metrics, or a missing folder, is an error."""
    with pytest.raises(InvalidError, match="has no metrics"):
        read_folder(tmp_path)
    with pytest.raises(InvalidError, match="is not a folder"):
        read_folder(tmp_path / "gone")


def test_a_graph_may_be_ragged(tmp_path: Path) -> None:
    """Missing cells are no calls, and a service's call to itself is ignored."""
    path = tmp_path / "graph.csv"
    path.write_text(",a,b\na,1,0.5\nb\nc,true\n")
    names, calls = read_graph(path)
    assert names == ("a", "b", "c")
    assert [(edge.caller, edge.callee) for edge in calls] == [("a", "b"), ("c", "a")]
