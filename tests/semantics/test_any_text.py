"""No text raises, and none takes long."""

import random
import time

import pytest

from semantics.engine import meaning_of
from semantics.meaning import SeriesDescription

FIELDS = ("expression", "metric", "title", "legend", "unit")
PARTS = [
    *(
        "rate(",
        "sum by (",
        ")",
        "{",
        "}",
        '"',
        "'",
        "`",
        "[5m]",
        "[",
        "]",
        "http_requests_total",
        "=~",
        "!=",
        "$x",
    ),
    *(
        " / ",
        " - ",
        " offset ",
        "SELECT ",
        " FROM ",
        "mean(",
        "SEARCH('",
        "avg:",
        "|=",
        "| json ",
        "\\",
        "%",
        "\x00",
    ),
    *("é", "日本", "🙂", "1e999", "-1", "0", "NaN", ",", ":", "le", "_", " ", "\n", "((", "{{x}}", "[[v]]"),
]


@pytest.mark.parametrize("seed", range(4))
def test_random_texts(seed: int) -> None:
    generator = random.Random(seed)  # noqa: S311  no secret
    for _ in range(300):
        text = "".join(generator.choice(PARTS) for _ in range(generator.randint(1, 12)))
        meaning_of(SeriesDescription(**{generator.choice(FIELDS): text}, labels={text[:20]: text}))


@pytest.mark.parametrize("field", FIELDS)
def test_long_texts_of_one_kind(field: str) -> None:
    for part in ("(", "_", " ", "a_", "aB", "{", "[", "1", "a.b", "SELECT ", "'", "*1", "-", "\\", "(a|"):
        text = part * (7500 // len(part))
        began = time.process_time()
        meaning_of(SeriesDescription(**{field: text}))
        meaning_of(SeriesDescription(expression=f'up{{code=~"{text[:900]}"}}'))
        assert time.process_time() - began < 2, part
