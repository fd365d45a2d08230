"""All ports in memory, and the activities on them as the three workers register them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import samples as sample
from memory_actuator import MemoryActuator
from memory_announcer import MemoryAnnouncer
from memory_approval_desk import MemoryApprovalDesk
from memory_artifacts import MemoryArtifacts
from memory_clock import MemoryClock
from memory_connectors import MemoryConnectors
from memory_diagnoser import MemoryDiagnoser
from memory_gateway import MemoryGateway
from memory_gateway_approvals import MemoryGatewayApprovals
from memory_journal import MemoryJournal
from memory_ledger import MemoryLedger
from memory_notifier import MemoryNotifier
from memory_observer import MemoryObserver

from activities.acting import Acting
from activities.assessing import Assessing
from activities.deciding import Deciding
from activities.diagnosing import Diagnosing
from activities.gateway_syncing import GatewaySyncing
from activities.highlighting import Highlighting
from activities.journaling import Journaling, Reporting
from activities.observing import Observing
from activities.planning import Planning
from activities.proposing import Proposing
from activities.verifying import Verifying
from adapters.actions.registry import RegisteredActuators, ServingActuator
from adapters.pictures.crops import PillowHighlighter
from adapters.planners.registry import RegistryPlanner
from adapters.reports.pages import PageReporter
from missions.catalog import Catalog, remedies_of


def registered(actuator: MemoryActuator) -> RegisteredActuators:
    """The product's own catalog of one organization: restart, scale and rollback."""
    serving = ServingActuator(actuator, (sample.ORG,))
    return RegisteredActuators(Catalog(entries=remedies_of("memory", sample.ORG)), {"memory": serving})


@dataclass
class MemoryWorld:
    """A leak in payments that an approved restart fixes; a test changes what it needs."""

    clock: MemoryClock = field(default_factory=MemoryClock)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    artifacts: MemoryArtifacts = field(default_factory=MemoryArtifacts)
    reports: MemoryArtifacts = field(default_factory=MemoryArtifacts)
    announcer: MemoryAnnouncer = field(default_factory=MemoryAnnouncer)
    notifier: MemoryNotifier = field(default_factory=MemoryNotifier)
    observer: MemoryObserver = field(default_factory=MemoryObserver)
    actuator: MemoryActuator = field(default_factory=lambda: MemoryActuator(sample.state()))
    connectors: MemoryConnectors = field(default_factory=lambda: MemoryConnectors(sample.connector()))
    gateway: MemoryGateway = field(default_factory=lambda: MemoryGateway(sample.verdict()))
    gateway_approvals: MemoryGatewayApprovals = field(default_factory=MemoryGatewayApprovals)
    diagnoser: MemoryDiagnoser = field(
        default_factory=lambda: MemoryDiagnoser(sample.diagnosis(), [sample.verification()])
    )

    def __post_init__(self) -> None:
        self.reports.objects = self.artifacts.objects  # one bucket, two credentials
        self.desk = MemoryApprovalDesk(self.clock, sample.REQUESTER, "Olga Operator")
        self.ledger = MemoryLedger(self.desk)
        self.actuators = registered(self.actuator)

    def for_missions(self) -> list[Callable[..., Any]]:
        """The activities of the queue `missions`."""
        deciding = Deciding(self.desk, self.notifier)
        verifying = Verifying(self.diagnoser, self.artifacts)
        highlighting = Highlighting(self.artifacts, PillowHighlighter())
        diagnosing = Diagnosing(self.diagnoser, self.artifacts, self.journal, highlighting)
        return [
            Planning(RegistryPlanner(self.connectors)).plan,
            diagnosing.diagnose,
            diagnosing.weigh,
            Assessing(self.gateway).assess,
            verifying.plan_proof,
            verifying.verify,
            Journaling(self.journal, self.announcer).record,
            Reporting(self.journal, self.reports, PageReporter()).report,
            deciding.open_approval,
            deciding.resolve,
            deciding.remind,
            deciding.revoke,
            GatewaySyncing(self.desk, self.gateway_approvals).keep_in_step,
        ]

    def for_browser(self) -> list[Callable[..., Any]]:
        """The activity of the queue `browser`."""
        return [Observing(self.observer, self.artifacts).observe]

    def for_actions(self) -> list[Callable[..., Any]]:
        """The activities of the queue `actions`."""
        proposing = Proposing(self.actuators)
        return [
            proposing.propose,
            proposing.renew,
            proposing.propose_undo,
            Acting(self.ledger, self.actuators, self.gateway, self.gateway_approvals).execute,
        ]
