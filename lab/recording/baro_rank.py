"""Ranks metrics by BARO (PyPI fse-baro), in a virtual environment that has it.

Reads from standard input a JSON list of cases, `{"times": [...], "columns": {name: [...]}, "onset": number}`,
and writes a list of `{"own": [...], "given": [...]}`: the columns by BARO's own change point detection, and
by the given onset. Imports nothing of the project.
"""

import json
import sys
import warnings

import numpy as np
import pandas as pd
from baro.anomaly_detection import bocpd
from baro.root_cause_analysis import robust_scorer

warnings.filterwarnings("ignore")


def rank(case: dict[str, object]) -> dict[str, list[str]]:
    """Both rankings of one case; [] where the method finds nothing to rank."""
    data = pd.DataFrame(case["columns"])
    data.insert(0, "time", case["times"])
    return {"own": _ranked(data, None), "given": _ranked(data, case["onset"])}


def _ranked(data: pd.DataFrame, onset: object) -> list[str]:
    try:
        if onset is None:
            detected = [int(point) for point in bocpd(data)]
            # Where it detects no change, it names the end, from which nothing can be ranked.
            points = [point for point in detected if 0 < point < len(data)] or [len(data) // 2]
            return list(robust_scorer(data, anomalies=points)["ranks"])
        return list(robust_scorer(data, inject_time=onset)["ranks"])
    except (ValueError, IndexError, KeyError, np.linalg.LinAlgError):
        return []


if __name__ == "__main__":
    json.dump([rank(case) for case in json.load(sys.stdin)], sys.stdout)
