"""Prometheus' text: promtool's query output, and samples with their times as `tsdb dump` prints them."""

import re
from collections import defaultdict

import numpy as np

from adapters.incidents.file_report import FileTally
from adapters.incidents.input_file import InputFile
from adapters.incidents.limits import MAX_LINE, MAX_SERIES
from adapters.incidents.recorded_series import RecordedSeries
from adapters.incidents.selector_text import LabelledName, parse_selector
from adapters.incidents.times import epoch_seconds
from missions.errors import InvalidError

_NUMBER = r"[-+]?(?:\d[\d.eE+-]*|\.\d+|Inf|NaN|inf|nan)"
_HEADING = re.compile(r"(?P<name>\S.*?) =>\s*(?P<sample>.*)")
_SAMPLE = re.compile(rf"(?P<value>{_NUMBER}) @\[(?P<time>[\d.]+)\]")
_LINE = re.compile(
    rf"(?P<name>[a-zA-Z_:][\w:.]*(?:\{{.*\}})?|\{{.*\}}) (?P<value>{_NUMBER}) (?P<time>\d{{10,13}}(?:\.\d+)?)"
)


def looks_like_prometheus_text(head: str) -> bool:
    """Whether the first line that is no comment is a sample with its time, or promtool's heading."""
    first = next((line for line in head.splitlines() if line.strip() and not line.startswith("#")), "")
    return _LINE.fullmatch(first.strip()) is not None or (
        " =>" in first and _HEADING.fullmatch(first) is not None
    )


def prometheus_text_series(file: InputFile, tally: FileTally) -> list[RecordedSeries]:
    """The series of the text."""
    tally.form = "Prometheus text"
    samples: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    current = ""
    for number, line in file.lines(MAX_LINE):
        if not line.strip() or line.startswith("#"):
            continue
        if match := _HEADING.fullmatch(line):
            current, line = match["name"], match["sample"]  # noqa: PLW2901  an instant query's sample follows
            if not line:
                continue
        name = current
        match = _SAMPLE.fullmatch(line.strip())
        if match is None and (match := _LINE.fullmatch(line.strip())):
            name = match["name"]
        if match is None or not name:
            tally.skip(number, line, "no sample with its time")
            continue
        samples[name].append((epoch_seconds(match["time"]), float(match["value"])))
        if len(samples) > MAX_SERIES:
            raise InvalidError(f"{tally.file} has more than {MAX_SERIES} series.")
    result = []
    for name, points in samples.items():
        selector = parse_selector(name) or LabelledName(name)
        times, values = np.array(points, dtype=np.float64).T
        result.append(RecordedSeries("", selector.name, times, values, labels=selector.labels))
    return result
