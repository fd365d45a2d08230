from pathlib import Path

import pytest

from lab.faults.bad_code import BadCode
from lab.faults.code_that_fails import EXCEPTIONS
from lab.faults.code_that_is_slow import BLOCKING, N_PLUS_ONE
from lab.faults.code_that_leaks import LEAKED_CONNECTIONS, LEAKS
from lab.faults.variant import Variant, VariantError, write_variants
from lab.topology import Component

EVERY = (*EXCEPTIONS, *N_PLUS_ONE, *BLOCKING, *LEAKS, *LEAKED_CONNECTIONS)


@pytest.mark.parametrize("code", EVERY, ids=lambda code: f"{code.service}{code.path}")
def test_each_variant_matches_once_and_compiles(code: BadCode, tmp_path: Path) -> None:
    """The text to replace is in the service's source exactly once, and the result is Python where it was."""
    target = write_variants(tmp_path / "app", code.with_size(7))
    for path in target.glob("*.py"):
        compile(path.read_text(), str(path), "exec")
    assert (target / "start").stat().st_mode & 0o100


def test_other_counts_are_refused(tmp_path: Path) -> None:
    """A text that is absent, or there twice, is an error."""
    for old in ("not in the file", "import"):
        with pytest.raises(VariantError):
            write_variants(tmp_path / "app", (Variant(Component.CATALOG, "app.py", old, ""),))
