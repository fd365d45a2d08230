"""The values of a column of cells, in one unit."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from adapters.incidents.cells import number_of
from adapters.incidents.file_report import FileTally
from rca.series import Floats
from semantics.catalog import canonical
from semantics.units import COUNTED, conversion, unit_in_name

_BASES = ("seconds", "bytes", "bytes/s", "ratio", "cores")
_CPU = ("cpu", "core")


def column_values(
    cells: Sequence[str],
    lines: Sequence[int],
    name: str,
    tally: FileTally,
    *,
    decimal_comma: bool = False,
) -> tuple[Floats, str]:
    """Values of shape (n,), NaN for gaps and for what is no number, and the unit that the cells have.

    Cells in several units, as "998 ms" and "1.2 s", are converted into the unit that the name says, else
    into the base unit.
    """
    if not decimal_comma:
        try:
            return np.array(cells, dtype=np.float64), ""
        except ValueError:
            pass
    values = np.full(len(cells), np.nan)
    units: list[str] = [""] * len(cells)
    for index, cell in enumerate(cells):
        number = number_of(cell, decimal_comma=decimal_comma)
        if number is None:
            tally.skip(lines[index], cell, "no number")
        else:
            values[index], units[index] = number.value, number.unit
    if not any(units):
        return values, ""
    return _converted(values, _of_name(units, name), name, lines, tally)


def _of_name(units: list[str], name: str) -> list[str]:
    """Kubernetes writes thousandths of a core as "250m", which are minutes elsewhere."""
    if any(word in name.lower() for word in _CPU):
        return ["millicores" if unit == "minutes" else unit for unit in units]
    return units


def _converted(
    values: Floats, units: list[str], name: str, lines: Sequence[int], tally: FileTally
) -> tuple[Floats, str]:
    usual = Counter(unit for unit in units if unit).most_common(1)[0][0]
    wanted = _wanted(usual, unit_in_name(canonical(name)), several=len({*units} - {""}) > 1)
    for index, unit in enumerate(units):
        if not np.isfinite(values[index]):
            continue
        factor = conversion(unit or ("" if values[index] == 0 else usual), wanted) if unit != wanted else 1.0
        if values[index] == 0:
            factor = 1.0
        if factor is None:
            tally.skip(lines[index], f"{values[index]:g} {unit}", f"the column is in {wanted}")
            values[index] = np.nan
        else:
            values[index] *= factor
    return values, wanted


def _wanted(usual: str, of_name: str, *, several: bool) -> str:
    if of_name and conversion(usual, of_name) is not None:
        return of_name
    if not several:
        return usual
    return next((base for base in _BASES if conversion(usual, base) is not None), usual)


def is_counted(unit: str) -> bool:
    """Whether the unit counts events."""
    return unit.partition("/")[0] in COUNTED
