from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

from missions.frozen_model import FrozenModel

SLUG = r"^[a-z][a-z0-9-]{1,30}$"
"""The form of an organization's slug."""

OrganizationSlug = Annotated[str, StringConstraints(pattern=SLUG)]

DEFAULT_MAXIMUM = 3
"""How many missions an installation runs at once where no setting says otherwise."""


class OrgStatus(StrEnum):
    """SUSPENDED: sign-in is refused and missions stop. DELETED: only the slug remains, so it stays taken."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    DELETED = "DELETED"


class Organization(FrozenModel):
    """One tenant. `parent` founded it and may suspend it.

    `max_concurrent_missions` is a share of the parent's. A first organization, which has no parent, shares
    its own between itself and those that it founded; without its own the setting applies.
    """

    slug: str
    name: str
    status: OrgStatus
    parent: str | None
    max_concurrent_missions: int | None
    created_at: datetime
