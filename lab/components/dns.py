import asyncio
import socket
import struct

from lab.context import LabContext
from lab.programs import DNSMASQ
from lab.topology import DOMAIN, PORTS
from runtime.local.polling import answers
from runtime.local.processes import Child

_A_RECORD, _INTERNET, _RECURSION_DESIRED = 1, 1, 0x0100


class DnsServer:
    """dnsmasq: the lab's names and nothing else."""

    name = "dns"

    def __init__(self, context: LabContext) -> None:
        self._context = context

    def prepare(self) -> None:
        """Writes the file with every name, in the format of /etc/hosts."""
        names = self._context.network.names()
        lines = [f"{address} {name}.{DOMAIN}" for name, address in names.items()]
        (self._context.home(self.name) / "hosts").write_text("\n".join(lines) + "\n")

    def child(self) -> Child:
        """The server. It reads no file of the machine and asks no other server."""
        home = self._context.home(self.name)
        options = {
            # A change of the user or of capabilities would undo that it dies with this process.
            "no-daemon": None,
            "conf-file": "/dev/null",
            "no-resolv": None,
            "no-hosts": None,
            "addn-hosts": home / "hosts",
            "local": f"/{DOMAIN}/",
            "local-ttl": 5,
            "listen-address": self._context.network.host("dns"),
            "port": PORTS["dns"],
            "bind-interfaces": None,
            "except-interface": "none",
            "log-facility": "-",
        }
        argv = [f"--{name}" if value is None else f"--{name}={value}" for name, value in options.items()]
        return self._context.child(self.name, [str(DNSMASQ.path), *argv])

    async def ready(self) -> None:
        """Returns when it knows a name."""
        await answers(self.name, self._resolve, (OSError, ValueError), self._context.log(self.name))

    async def _resolve(self) -> None:
        address = await resolve(self._context.network.host("dns"), f"dns.{DOMAIN}")
        if address != self._context.network.host("dns"):
            raise ValueError(f"dns.{DOMAIN} is {address}")


async def resolve(server: str, name: str, *, timeout_s: float = 2.0) -> str:
    """The IPv4 address that this DNS server answers. OSError (also when late); ValueError without one."""
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    query = struct.pack(">6H", 1, _RECURSION_DESIRED, 1, 0, 0, 0) + question
    query += struct.pack(">2H", _A_RECORD, _INTERNET)
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as client:
        async with asyncio.timeout(timeout_s):
            await loop.sock_connect(client, (server, PORTS["dns"]))
            await loop.sock_sendall(client, query)
            response = await loop.sock_recv(client, 512)
    _, _, _, records, _, _ = struct.unpack(">6H", response[:12])
    if records != 1:
        raise ValueError(f"{server} has {records} addresses of {name}")
    return socket.inet_ntoa(response[-4:])
