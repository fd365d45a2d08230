"""Times: which column holds them, and what is assumed about them is said."""

import json
from pathlib import Path

import pytest

from adapters.incidents.folder import FolderRecording, read_recordings
from adapters.incidents.times import epoch_seconds

T0 = 1_780_000_000


def recording(folder: Path, content: str, name: str = "metrics.csv") -> FolderRecording:
    """The folder with one file."""
    (folder / name).write_text(content)
    return read_recordings(folder)


@pytest.mark.parametrize(
    "table",
    [
        f",time,pay_latency\n0,{T0},1\n1,{T0 + 60},2\n2,{T0 + 120},3\n",
        f"index,pay_latency,timestamp\n7,1,{T0}\n8,2,{T0 + 60}\n9,3,{T0 + 120}\n",
        "Unnamed: 0;a_cpu;date\n0;1;2026-05-28T20:26:40Z\n1;2;2026-05-28T20:27:40Z\n2;3;2026-05-28T20:28:40Z",
        f"row,when it was,pay_latency\n1,{T0}000,1\n2,{T0 + 60}000,2\n3,{T0 + 120}000,3\n",
    ],
)
def test_e5_3_an_index_column_is_no_time(tmp_path: Path, table: str) -> None:
    """The time is in the column that holds times, wherever it is; the index is no series."""
    (series,) = recording(tmp_path, table).telemetry.series
    assert series.times.tolist() == [T0, T0 + 60, T0 + 120]
    assert series.values.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-28 20:26:40",
        "2026-05-28T20:26:40Z",
        "2026-05-28T22:26:40.000+02:00",
        "2026-05-28T22:26:40+0200",
        "28/May/2026:20:26:40 +0000",
        "Thu, 28 May 2026 20:26:40 GMT",
        "28.05.2026 20:26:40",
        "5/28/2026 8:26:40 PM",
        "2026-05-28 20:26:40 +0000 UTC",
        "2026-05-28 22:26:40 CEST",
        "2026/05/28 20:26:40",
        "1780000000",
        "1780000000000",
        "1780000000000000",
        "1780000000000000000",
        "2026-05-28T20:26:40.000000000Z",
    ],
)
def test_times_in_every_usual_spelling(text: str) -> None:
    """Epoch in any unit, ISO, and the formats of logs and spreadsheets."""
    assert epoch_seconds(text) == T0


LOCAL = {
    "table": ("metrics.csv", "time,pay_latency\n2026-05-28 20:26:40,1\n2026-05-28 20:27:40,2\n"),
    "long table": (
        "samples.csv",
        "date,service,latency_ms\n28.05.2026 20:26,pay,1\n28.05.2026 20:27,pay,2\n",
    ),
    "log records": ("logs.jsonl", '{"timestamp": "2026-05-28 20:26:40", "service": "pay", "msg": "x"}\n' * 2),
    "log lines": ("pay.log", "2026-05-28 20:26:40,123 ERROR [main] it failed\n"),
}


@pytest.mark.parametrize("form", LOCAL)
def test_e5_4_times_without_a_zone_are_read_as_utc_and_that_is_noted(tmp_path: Path, form: str) -> None:
    """The note is in the file's report."""
    name, content = LOCAL[form]
    (report,) = recording(tmp_path, content, name).files
    assert any("no zone" in note and "UTC" in note for note in report.notes), report.notes


def _autumn(minutes: range, fold: int) -> list[str]:
    """Local times around the end of summer time: from `fold` on, clocks are an hour back."""
    local = [60 + minute - (60 if minute >= fold else 0) for minute in minutes]
    return [f"2026-10-25 {minute // 60:02}:{minute % 60:02}:00" for minute in local]


@pytest.mark.parametrize("step", [5, 1, 15])
def test_e5_4_the_doubled_hour_is_noted_and_not_folded(tmp_path: Path, step: int) -> None:
    """No two samples become one: what follows is an hour later than its local time."""
    times = _autumn(range(0, 240, step), 120)
    rows = "".join(f"{time},{i}\n" for i, time in enumerate(times))
    read = recording(tmp_path, f"time,pay_latency\n{rows}")
    (series,) = read.telemetry.series
    assert series.size == len(times)
    assert series.step == 60 * step
    assert any("summer time" in note for note in read.files[0].notes)


def test_e5_4_the_doubled_hour_of_descending_times(tmp_path: Path) -> None:
    """Exports that begin with the newest sample have one as well."""
    rows = "".join(f"{time};{i}\n" for i, time in enumerate(reversed(_autumn(range(0, 240, 5), 120))))
    read = recording(tmp_path, f"time;pay_latency\n{rows}")
    assert read.telemetry.series[0].size == 48
    assert any("summer time" in note for note in read.files[0].notes)


def test_e5_4_a_missing_hour_is_noted(tmp_path: Path) -> None:
    """Local times that skip one hour: a gap, or the beginning of summer time."""
    times = [f"2026-03-29 {hour:02}:{minute:02}:00" for hour in (1, 3) for minute in range(0, 60, 5)]
    read = recording(tmp_path, "time,pay_latency\n" + "".join(f"{time},1\n" for time in times))
    assert any("skip one hour" in note for note in read.files[0].notes)


def test_e5_4_log_times_that_go_back_by_an_hour_are_noted(tmp_path: Path) -> None:
    """Lines of a log in local time."""
    text = "".join(f"{time} INFO worker: tick\n" for time in _autumn(range(0, 240, 5), 120))
    read = recording(tmp_path, text, "pay.log")
    assert any("go back by an hour" in note for note in read.files[0].notes)


def test_an_ambiguous_date_is_read_by_the_others_and_noted(tmp_path: Path) -> None:
    """04/05 is May where 28/05 is, and the assumption is noted where no row decides."""
    table = "time,pay_latency\n{}/05/2026 23:55:00,1\n{}/05/2026 00:05:00,2\n"
    (series,) = recording(tmp_path, table.format("28", "29")).telemetry.series
    assert series.times[0] == epoch_seconds("2026-05-28T23:55:00Z")
    read = recording(tmp_path, table.format("03", "04"))
    assert read.telemetry.series[0].times[0] == epoch_seconds("2026-05-03T23:55:00Z")
    assert any("day/month/year" in note for note in read.files[0].notes)


def test_logs_of_another_time_are_noted(tmp_path: Path) -> None:
    """Windows that do not overlap are an hour or a zone apart."""
    (tmp_path / "logs.jsonl").write_text(
        json.dumps({"timestamp": T0 + 7200, "service": "pay", "message": "x"})
    )
    read = recording(tmp_path, f"time,pay_latency\n{T0},1\n{T0 + 60},2\n")
    (logs,) = (report for report in read.files if report.file == "logs.jsonl")
    assert any("do not overlap" in note for note in logs.notes)


@pytest.mark.filterwarnings("error")
def test_a_series_without_a_readable_time_is_only_reported(tmp_path: Path) -> None:
    """It has no samples, and nothing is calculated with the times that it lacks."""
    (file,) = recording(tmp_path, "time,a_cpu\n4000000000000001.0\n").files
    assert (file.samples, file.skipped) == (0, 1)
