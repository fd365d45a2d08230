"""The queue of tickets: nothing takes messages from it, or some of them can never be handled."""

import asyncio
import contextlib
import os
import signal
import uuid

from lab.context import ENV
from lab.faults.fault import Fault
from lab.faults.logs import Since, message
from lab.faults.measures import value
from lab.faults.names import names_of
from lab.faults.prompts import FAILING, SLOW, Journey
from lab.faults.truth import Family, IncidentType, LabAction
from lab.operations.tool.memory import cgroup
from lab.operations.tool.supervisord import Supervisord
from lab.platform import Lab
from lab.topology import PORTS, Component
from missions.plan import ActionKind

RESTART_MAILER = LabAction(ActionKind.RESTART, Component.MAILER)
WORKER = "mailer-1"
BACKLOG = 8
READY = 'sum(rabbitmq_queue_messages_ready{queue="tickets"})'
UNACKNOWLEDGED = 'sum(rabbitmq_queue_messages_unacked{queue="tickets"})'


class DeadConsumer(Fault):
    """The worker is gone or hangs; tickets pile up in the queue."""

    kind = "consumer-dead"
    family = Family.QUEUE
    incident_types = (IncidentType.BACKLOG, IncidentType.RESOURCE_EXHAUSTION, IncidentType.DEPENDENCY_FAILURE)
    confirm_s = 120.0

    def draw(self) -> None:
        """Draws how the worker ends."""
        self.component = Component.MAILER
        self.accepted = names_of(self.component)
        self.hangs = self.random.random() < 0.5  # noqa: PLR2004  heads or tails
        self.detail = "the worker hangs" if self.hangs else "the worker has ended"
        self.helps = (RESTART_MAILER,)
        self.does_not_help = (LabAction(ActionKind.RESTART, Component.RABBITMQ),)
        self.prompts = FAILING[Journey.MAIL]

    async def _inject(self, lab: Lab) -> None:
        if self.hangs:
            for process in worker_processes(lab):
                os.kill(process, signal.SIGSTOP)
        else:
            supervisord = Supervisord(lab.operations.layout.supervisord_socket)
            await asyncio.to_thread(supervisord.stop, WORKER)

    async def _lift(self, lab: Lab) -> None:
        for process in worker_processes(lab):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)
        supervisord = Supervisord(lab.operations.layout.supervisord_socket)
        await asyncio.to_thread(supervisord.start, WORKER)

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """The queue's length as RabbitMQ counts it, and no ticket in the worker's log."""
        if list(since.lines(Component.MAILER, "ticket of order .* sent")):
            return None
        ready, unacknowledged = await value(lab, READY) or 0.0, await value(lab, UNACKNOWLEDGED) or 0.0
        if ready + unacknowledged < BACKLOG:
            return None
        return f"{ready:.0f} messages wait, {unacknowledged:.0f} are not acknowledged, and no ticket is sent"


class PoisonMessage(Fault):
    """Messages that take longer than a task may: each is tried again without end."""

    kind = "poison-message"
    family = Family.QUEUE
    incident_types = (IncidentType.BACKLOG, IncidentType.ERROR_SPIKE)
    confirm_s = 120.0
    calm_s = 25.0

    def draw(self) -> None:
        """Draws how many there are."""
        self.component = Component.MAILER
        self.accepted = names_of(self.component, Component.RABBITMQ)
        self.count = self.random.choice((3, 5))
        self.detail = f"{self.count} messages with more pages than can be rendered in time"
        self.does_not_help = (RESTART_MAILER,)
        self.prompts = (*SLOW[Journey.MAIL], *FAILING[Journey.MAIL])

    async def _inject(self, lab: Lab) -> None:
        script = (
            "import sys; from celery import Celery; app = Celery(broker=sys.argv[1])\n"
            "for order in sys.argv[2:]: app.send_task('mailer.deliver_ticket', queue='tickets',"
            " kwargs={'order_id': order, 'recipient': 'group@example.com',"
            " 'seats': list(range(1, 126)), 'pages': 4000})"
        )
        orders = [str(uuid.UUID(int=self.random.getrandbits(128), version=4)) for _ in range(self.count)]
        await _celery(lab, "python", "-c", script, broker(lab), *orders)

    async def _lift(self, lab: Lab) -> None:
        supervisord = Supervisord(lab.operations.layout.supervisord_socket)
        await asyncio.to_thread(supervisord.stop, WORKER)  # its messages go back into the queue
        await _celery(lab, "celery", f"--broker={broker(lab)}", "purge", "-f", "-Q", "tickets")
        await asyncio.to_thread(supervisord.start, WORKER)

    async def evidence(self, lab: Lab, since: Since) -> str | None:
        """The worker's own log has tasks that were stopped at the time limit."""
        lines = list(since.lines(Component.MAILER, "Soft time limit .* exceeded|SoftTimeLimitExceeded"))
        waiting = (await value(lab, READY) or 0.0) + (await value(lab, UNACKNOWLEDGED) or 0.0)
        return (
            f"mailer's log: {message(lines[-1], 120)}; {waiting:.0f} messages in the queue" if lines else None
        )


def worker_processes(lab: Lab) -> list[int]:
    """The processes of the mailer's worker: those in its memory cgroup, else those with its environment."""
    group = cgroup(lab.network.number, WORKER) / "cgroup.procs"
    return [int(line) for line in group.read_text().split()] if group.exists() else []


def broker(lab: Lab) -> str:
    """The broker's address, not through the fault proxy."""
    return f"amqp://guest:guest@{lab.network.host('rabbitmq')}:{PORTS['rabbitmq']}//"


async def _celery(lab: Lab, program: str, *arguments: str) -> None:
    """Runs a program of the lab's virtual environment. RuntimeError with its last line."""
    process = await asyncio.create_subprocess_exec(
        str(lab.context.software.program(program)),
        *arguments,
        env={**ENV, **lab.context.python_env},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    if process.returncode != 0:
        raise RuntimeError(f"{program}: {output.decode(errors='replace').strip().splitlines()[-1]}")
