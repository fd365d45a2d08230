import csv as csv_format
import io
from collections.abc import AsyncIterator, Iterable

from missions.frozen_model import FrozenModel

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


async def csv(kind: type[FrozenModel], rows: AsyncIterator[FrozenModel]) -> AsyncIterator[str]:
    """CSV (RFC 4180) with a header. A cell that a spreadsheet would compute gets an apostrophe in front."""
    names = list(kind.model_fields)
    yield _row(kind.model_fields[name].alias or name for name in names)
    async for row in rows:
        content = row.model_dump(mode="json")
        yield _row(cell(str(content[name])) for name in names)


def cell(text: str) -> str:
    """The text with an apostrophe if it would be a formula, also after spaces."""
    return "'" + text if text.lstrip(" ").startswith(FORMULA) else text


def _row(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv_format.writer(line).writerow(cells)
    return line.getvalue()
