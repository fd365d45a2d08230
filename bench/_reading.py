from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from bench._shop_faults import ShopIncident
from bench._synthetic import SyntheticCase
from missions.evidence import Change, Dependency
from rca.focus import Focus
from rca.tables import Table, track
from rca.templates import Miner


def table_of(case: SyntheticCase) -> Table:
    """A synthetic case as the engine reads it: nothing of its cause is in it."""
    return Table(
        tracks=tuple(
            track("/".join(key), *key, case.times, values, normal=case.baseline.get(key, np.array([])))
            for key, values in case.values.items()
        ),
        logs=(),
        changes=tuple(
            Change(
                id=f"change/{place}",
                at=datetime.fromtimestamp(one.at, UTC),
                service=one.service,
                kind=one.kind,
                description=f"{one.kind} of {one.service}",
            )
            for place, one in enumerate(case.changes)
        ),
        dependencies=tuple(Dependency(caller=caller, callee=callee) for caller, callee in case.calls),
        named=tuple(dict.fromkeys(name for call in case.calls for name in call)),
    )


def read(one: ShopIncident) -> tuple[Table, Focus | None, float | None]:
    """The table of an incident, what was complained about and the onset, as far as who asks knows them."""
    miner = Miner()
    for line in one.lines:
        miner.add(line.at, line.service, line.level, line.message)
    table = replace(table_of(one.case), kinds=tuple(miner.kinds.values()))
    if not one.graph:
        table = replace(table, dependencies=(), named=())
    focus = Focus(*one.case.symptom) if one.complained else None
    return table, focus, one.case.onset if one.told_onset else None
