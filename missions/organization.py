from datetime import datetime
from enum import StrEnum

from missions.frozen_model import FrozenModel


class OrgStatus(StrEnum):
    """SUSPENDED: nobody signs in and its missions stop. DELETED: its slug stays taken, no more is left."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    DELETED = "DELETED"


class Organization(FrozenModel):
    """One tenant; `parent` founded it and may suspend it. Without a maximum of its own the setting counts."""

    slug: str
    name: str
    status: OrgStatus
    parent: str | None
    max_concurrent_missions: int | None
    created_at: datetime
