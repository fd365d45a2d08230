"""Packets that the kernel drops on loopback, where it has netem."""

from lab.faults.links import LinkFault
from lab.faults.proxy_toxics import LinkToxics
from lab.platform import Lab
from lab.topology import LINKS
from runtime.local.commands import run


class PacketLoss(LinkFault):
    """A part of the packets to one link's address is lost."""

    kind = "packet-loss"

    def possible(self) -> str | None:
        """Tries it in a network namespace of its own."""
        error = run(["unshare", "-n", *_tc("qdisc add dev lo root netem loss 1%")])
        return None if error is None else f"the kernel has no netem: {error}"

    def draw_toxics(self) -> LinkToxics:
        """The kernel does it, not the proxy."""
        self.percent = self.random.choice((10, 20, 30))
        self.size = f"{self.percent}% of packets lost"
        return LinkToxics()

    async def _inject(self, lab: Lab) -> None:
        address = lab.network.link(next(link for link in LINKS if link.name == self.name))
        for command in (
            "qdisc add dev lo root handle 1: prio",
            f"qdisc add dev lo parent 1:3 handle 30: netem loss {self.percent}%",
            f"filter add dev lo parent 1: protocol ip u32 match ip dst {address} flowid 1:3",
        ):
            if error := run(_tc(command)):
                raise RuntimeError(error)

    async def _lift(self, lab: Lab) -> None:
        run(_tc("qdisc del dev lo root"))


def _tc(command: str) -> list[str]:
    return ["tc", *command.split()]
