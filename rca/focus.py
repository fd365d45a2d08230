from dataclasses import dataclass

from rca.roles import SYMPTOMS, Role, role_of


@dataclass(frozen=True)
class Focus:
    """What was complained about: a service, and the metric that showed it ("" where that is not known)."""

    service: str
    metric: str = ""

    @property
    def role(self) -> Role | None:
        """Whether it is slow or failing; None where that was not said."""
        found = role_of(self.metric)
        return found if found in SYMPTOMS else None
