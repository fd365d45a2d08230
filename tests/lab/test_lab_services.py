"""The parts of the lab's services that need none of their libraries."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

KEY = {"BASKET_KEY": "a key", "BASKET_SECONDS": "60"}
BASKET = {"concert": 7, "seat": 30_001, "cents": 2500, "customer": "someone@example.com"}
SIGN = "process.stdout.write(require('./basket').signBasket(JSON.parse(process.argv[1])))"
READ = """
import json, sys, time
from basket import BasketError, read_basket
real = time.time
time.time = lambda: real() + float(sys.argv[2])
try:
    print(json.dumps(read_basket(sys.argv[1])))
except BasketError as error:
    print(json.dumps({"error": str(error)}))
"""
USERS = """
import json, os, sys
from pathlib import Path
from plan import Plans
plans = Plans()
answers = [plans.now().at(0)]
for content in sys.argv[1:]:
    Path(os.environ["LOAD_FILE"]).write_text(content)
    answers.append(plans.now().at(25))
Path(os.environ["LOAD_FILE"]).unlink()
print(json.dumps([*answers, plans.now().at(25)]))
"""


def _run(argv: list[str], folder: Path, env: dict[str, str]) -> str:
    finished = subprocess.run(
        argv, cwd=folder, env=env, capture_output=True, text=True, timeout=30, check=True
    )
    return finished.stdout


@pytest.fixture(scope="module")
def token(root: Path) -> str:
    """A basket token, as storefront signs it."""
    node = Path(sys.executable).with_name("node")
    return _run([str(node), "-e", SIGN, json.dumps(BASKET)], root / "lab/services/storefront", KEY)


def _read(root: Path, token: str, later_s: float = 0.0, key: str = KEY["BASKET_KEY"]) -> dict[str, object]:
    argv = [sys.executable, "-c", READ, token, str(later_s)]
    answer: dict[str, object] = json.loads(
        _run(argv, root / "lab" / "services" / "orders", {"BASKET_KEY": key})
    )
    return answer


def test_orders_reads_what_storefront_signed(root: Path, token: str) -> None:
    """A fresh token contains the basket; the two services are written in two languages."""
    basket = _read(root, token)
    assert BASKET.items() <= basket.items()


@pytest.mark.parametrize(
    ("later_s", "error"),
    [(90.0, "expired"), (-90.0, "in the future")],
    ids=["a clock that is ahead", "a clock that is behind"],
)
def test_a_wrong_clock_refuses_tokens(root: Path, token: str, later_s: float, error: str) -> None:
    """The clock of orders decides whether a token is valid."""
    assert error in str(_read(root, token, later_s)["error"])


def test_a_changed_token_is_refused(root: Path, token: str) -> None:
    """Neither another content nor another key is accepted."""
    assert "signature" in str(_read(root, "x" + token)["error"])
    assert "signature" in str(_read(root, token, key="another key")["error"])


def test_the_number_of_customers_follows_the_file(root: Path, tmp_path: Path) -> None:
    """Surge, day and users can change while the load runs; an unreadable file changes nothing."""
    env = {"USERS": "30", "DAY_SECONDS": "0", "SURGE": "1", "LOAD_FILE": str(tmp_path / "load.json")}
    contents = ['{"surge": 4}', '{"su', '{"users": 12, "day_seconds": 100}', '{"nothing": 1}']
    output = _run([sys.executable, "-c", USERS, *contents], root / "lab" / "load", env)
    assert json.loads(output) == [30, 120, 120, 16, 16, 30]
