import random

from lab.faults.cache import FlushedCache, FullCache, SmallCache
from lab.faults.configurations import ShortTimeout, WrongConfiguration
from lab.faults.database import DroppedIndex, IdleInTransaction
from lab.faults.dns import DnsFailure
from lab.faults.edge import ExpiredCertificate, FullProxy
from lab.faults.fault import Fault
from lab.faults.healthy import Harmless, HarmlessDeploy, HarmlessRestart, NightlyBatch
from lab.faults.host import CpuHog, FullDisk, WrongClock
from lab.faults.links import LinkCut, LinkHalfOpen, LinkLatency, LinkResets
from lab.faults.load import Surge
from lab.faults.monitoring import DeadExporter, ScrapeGaps
from lab.faults.packet_loss import PacketLoss
from lab.faults.queue import DeadConsumer, PoisonMessage
from lab.faults.releases import (
    BlockingCall,
    ExceptionOnOnePath,
    LeakedConnections,
    MemoryLeak,
    NPlusOneQueries,
)
from lab.faults.third_party import LimitingBank, SlowBank
from lab.faults.two import TwoFaults
from lab.faults.vacuum import EndlessVacuum

_EVERY: tuple[type[Fault], ...] = (
    *(ExceptionOnOnePath, NPlusOneQueries, BlockingCall, MemoryLeak, LeakedConnections),
    *(WrongConfiguration, ShortTimeout),
    *(IdleInTransaction, DroppedIndex, EndlessVacuum),
    *(FlushedCache, SmallCache, FullCache),
    *(DeadConsumer, PoisonMessage),
    *(FullProxy, ExpiredCertificate, DnsFailure),
    *(LinkLatency, LinkResets, LinkHalfOpen, LinkCut, PacketLoss),
    *(CpuHog, FullDisk, WrongClock),
    *(SlowBank, LimitingBank),
    *(Surge, TwoFaults),
    *(DeadExporter, ScrapeGaps),
    *(Harmless, NightlyBatch, HarmlessDeploy, HarmlessRestart),
)
FAULTS: dict[str, type[Fault]] = {fault.kind: fault for fault in _EVERY}
"""Every fault by its kind, in the order of the documentation; the last ones are healthy."""


def draw_fault(kind: str, seed: int) -> Fault:
    """The fault of this kind with the place and size that the seed draws. KeyError for an unknown kind."""
    return FAULTS[kind](random.Random(f"{kind} {seed}"))
