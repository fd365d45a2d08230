"""Fits a recording into its size: repeats of routine log lines are left out and counted, nothing else."""

import json
import lzma
import os
import re
import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any

from lab.recording.paths import with_neutral_paths

KEPT = (1, 2, 3, 4, 6, 8, 12, 20, 50)
"""Of the repeats of a routine line, every n-th is kept: the first of these numbers with which it fits."""
_ROUTINE = 100
"""How often lines of one form occur in a log that are routine."""
_VARIABLE = re.compile(r"(?<=[ :])(?P<status>[45]\d\d)(?=[ ,}])|[0-9a-fA-F-]*\d[0-9a-fA-F-]*")
"""What differs between lines of one form. A failed request is not a repeat of one that was answered."""
_NICE = 15


def fitted(files: Mapping[str, Any], most: int) -> tuple[dict[str, bytes], int]:
    """Each file as compressed JSON, and which repeats of routine log lines are kept: every n-th.

    Spans are left out where no number is enough. The result may still be larger than `most` bytes. Runs at
    low priority: a lab may share the core.
    """
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
    content = {name: compressed(value) for name, value in files.items()}
    if "logs" not in files:
        return content, 1
    left = most - sum(len(data) for name, data in content.items() if name != "logs")
    whole = len(content["logs"])
    for every in KEPT:
        if whole / every > left and every != KEPT[-1]:
            continue
        if every > 1:
            content["logs"] = compressed({name: thin(log, every) for name, log in files["logs"].items()})
        if len(content["logs"]) <= left:
            return content, every
    if "spans" in content:
        content["spans"] = compressed({})
    return content, every


def compressed(value: Any) -> bytes:  # noqa: ANN401  JSON of any shape
    """A value as JSON with neutral paths, compressed with lzma."""
    text = with_neutral_paths(json.dumps(value, separators=(",", ":"), ensure_ascii=False))
    return lzma.compress(text.encode(errors="replace"), preset=6)


def thin(recorded: Mapping[str, Any], every: int) -> dict[str, Any]:
    """The log with every n-th repeat of its routine lines.

    `omitted` are (epoch seconds, number of lines left out so far), beside `counts`.
    """
    lines: list[str] = recorded["lines"]
    forms = [_VARIABLE.sub(lambda match: match["status"] or "#", line) for line in lines]
    often = {form for form, count in Counter(forms).items() if count >= _ROUTINE}
    seen: Counter[str] = Counter()
    kept: list[str] = []
    kept_before = [0]
    for line, form in zip(lines, forms, strict=True):
        if form not in often or seen[form] % every == 0:
            kept.append(line)
        seen[form] += 1
        kept_before.append(len(kept))
    counts = [(at, kept_before[count]) for at, count in recorded["counts"]]
    omitted = [(at, count - kept_before[count]) for at, count in recorded["counts"]]
    return {**recorded, "lines": kept, "counts": counts, "omitted": omitted}
