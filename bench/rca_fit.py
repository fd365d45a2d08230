"""Fits rca/weights.json on every set that is there, and shows what a fit without a system says of it.

WRITE=1 replaces the file. The last line has the figures of both.
"""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from bench._analysed import analysed
from bench._incident_sets import incident_sets
from bench._origin_model import (
    Example,
    best_temperature,
    fit_incident,
    fit_origin,
    left_out_pairs,
    place_of_cause,
)
from bench._scoring import share
from rca.series import Floats
from runtime.local_settings import ROOT, FitSettings
from runtime.settings import load

_FILE = ROOT / "rca" / "weights.json"
_LEAST = 0.005  # a smaller weight is left out


def main() -> int:
    """Prints in-sample figures beside leave-one-system-out ones."""
    sets = incident_sets()
    examples = [example for incidents in sets.values() for example, _ in analysed(incidents)]
    left_out = left_out_pairs(examples)
    weights = fit_origin(examples)
    temperature = best_temperature(left_out)
    figures: dict[str, dict[str, Any]] = {
        name: {
            "faults": sum(not incident.healthy for incident in incidents),
            "in_sample": _rates([(example, weights) for example in examples if example.incident.set == name]),
            "left_out": _rates([pair for pair in left_out if pair[0].incident.set == name]),
        }
        for name, incidents in sets.items()
    }
    print(f"{'':<16} {'faults':>7} {'in-sample top-1/top-3':>24} {'system left out':>18}")
    for name, row in figures.items():
        inside, outside = row["in_sample"], row["left_out"]
        print(
            f"{name:<16} {row['faults']:>7} {inside['top1']:>16.3f} / {inside['top3']:.3f} "
            f"{outside['top1']:>10.3f} / {outside['top3']:.3f}"
        )
    sizes = {name: len(incidents) for name, incidents in sets.items()}
    fitted = _document(examples, weights, temperature, sizes)
    if load(FitSettings).write:
        _FILE.write_text(json.dumps(fitted, indent=1) + "\n")
    print(json.dumps({"sets": figures, "temperature": temperature}))
    return 0


def _rates(pairs: Sequence[tuple[Example, Floats]]) -> dict[str, float]:
    places = [place_of_cause(example, weights) for example, weights in pairs if not example.incident.healthy]
    return {
        "top1": share([float(place < 1) for place in places]),
        "top3": share([float(place < 3) for place in places]),
    }


def _document(
    examples: Sequence[Example], weights: Floats, temperature: float, sizes: dict[str, int]
) -> dict[str, Any]:
    first = next(example for example in examples if example.right.any())
    curve = fit_incident(examples)
    seen = Counter(
        name
        for example in examples
        for name, used in zip(first.names, np.atleast_1d(example.values.any(axis=0)), strict=True)
        if used
    )
    return {
        "source": "bench/rca_fit.py",
        "windows": sizes,
        "origin": {
            "temperature": temperature,
            "weights": {
                name: round(float(value), 3)
                for name, value in zip(first.names, weights, strict=True)
                if abs(value) > _LEAST
            },
            "windows": {name: seen[name] for name in first.names},
        },
        "incident": {
            "bias": round(float(curve[0]), 3),
            "weights": {
                name: round(float(value), 3)
                for name, value in zip(examples[0].strength_names, curve[1:], strict=True)
                if abs(value) > _LEAST
            },
        },
    }
