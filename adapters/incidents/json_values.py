"""Values of JSON of unknown form."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import orjson

from adapters.incidents.file_report import FileTally
from adapters.incidents.input_file import InputFile
from adapters.incidents.limits import MAX_LINE
from missions.errors import InvalidError
from rca.series import Floats


def parsed_document(file: InputFile) -> Any:  # noqa: ANN401  JSON
    """The value of a whole file. Raises InvalidError in one line with the place of the fault."""
    content = file.document()
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as error:
        try:
            return json.loads(content)  # NaN and Infinity, which Python and promtool write
        except (ValueError, RecursionError):
            raise InvalidError(
                f"{file.name}: expected JSON; line {error.lineno}: {error.msg} at column {error.colno}."
            ) from error


def parsed_lines(file: InputFile, tally: FileTally) -> Iterator[tuple[int, dict[str, Any]]]:
    """The object of each line with the line's number. Other lines are counted as skipped."""
    loads = orjson.loads
    for number, line in file.lines(MAX_LINE):
        try:
            value = loads(line)
        except orjson.JSONDecodeError:
            if not line.strip():
                continue
            value = _lenient(line)
        if type(value) is dict:
            yield number, value
        else:
            tally.skip(number, line, "no JSON object")


def _lenient(line: str) -> object:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def mapping(value: object) -> Mapping[str, Any]:
    """The object, empty for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """The array, empty for anything else."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """A string as it is, "" for null, and JSON for anything else."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, default=str) if isinstance(value, dict | list) else str(value)


def labels(value: object) -> dict[str, str]:
    """The object's members as texts."""
    return {name: text(member) for name, member in mapping(value).items()}


def number(value: object) -> float:
    """The number, also in a string; NaN for anything else."""
    if isinstance(value, bool):
        return math.nan
    try:
        return float(value)  # type: ignore[arg-type]  # float() raises for what is no number
    except (TypeError, ValueError, OverflowError):
        return math.nan


def numbers(values: list[Any]) -> Floats:
    """The numbers of an array, NaN for anything else."""
    try:
        return np.array(values, dtype=np.float64).reshape(len(values))
    except (TypeError, ValueError, OverflowError):
        return np.array([number(value) for value in values], dtype=np.float64)


def path(value: object, *names: str) -> Any:  # noqa: ANN401  JSON
    """The member below these names; None where one is missing."""
    for name in names:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value
