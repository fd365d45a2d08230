from datetime import UTC, datetime

import numpy as np

from bench._synthetic import Case
from missions.evidence import Change, Dependency
from rca.tables import Table, track


def table_of(case: Case) -> Table:
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
