import httpx

from lab.context import LabContext
from lab.part import get
from lab.programs import NGINX
from lab.topology import INSTANCES, SERVICE_PORT, SLOTS, Component
from runtime.local.polling import answers
from runtime.local.processes import Child

STATUS_PORT = 8081
"""Where the nginx exporter reads `stub_status`."""

_CONFIGURATION = """\
user root;
worker_processes 1;
daemon off;
pid {pid};
error_log stderr warn;

events {{
    worker_connections 512;
}}

http {{
    access_log {access} combined;
    server_tokens off;
    keepalive_timeout 30s;
    client_body_temp_path {home}/body;
    proxy_temp_path {home}/proxy;
    fastcgi_temp_path {home}/fastcgi;
    uwsgi_temp_path {home}/uwsgi;
    scgi_temp_path {home}/scgi;

    upstream storefront {{
        include {upstream};
        keepalive 16;
    }}

    server {{
        listen {address};
        location / {{
            proxy_pass http://storefront;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Request-ID $request_id;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_connect_timeout 2s;
            proxy_read_timeout 10s;
            proxy_next_upstream error timeout;
            proxy_next_upstream_tries 2;
        }}
    }}

    server {{
        listen {host}:{status_port};
        access_log off;
        location = /stub_status {{
            stub_status;
        }}
    }}
}}
"""


class EdgeServer:
    """nginx: what customers reach, in front of the storefront's instances."""

    name = "nginx"

    def __init__(self, context: LabContext) -> None:
        self._context = context

    def configuration(self) -> str:
        """The content of nginx.conf."""
        context = self._context
        return _CONFIGURATION.format(
            pid=context.nginx_pid,
            access=context.log(self.name),
            home=context.home(self.name),
            upstream=context.upstream(Component.STOREFRONT),
            address=context.network.address("edge"),
            host=context.network.host("edge"),
            status_port=STATUS_PORT,
        )

    def servers(self) -> str:
        """The usual content of the upstream's file; operators replace it when they scale."""
        storefront = Component.STOREFRONT
        return "".join(
            f"server {self._context.network.instance(storefront, number)}:{SERVICE_PORT}"
            f"{'' if number <= INSTANCES[storefront] else ' down'};\n"
            for number in range(1, SLOTS + 1)
        )

    def prepare(self) -> None:
        """Writes the configuration, and the upstream's file where operators wrote none."""
        (self._context.home(self.name) / "nginx.conf").write_text(self.configuration())
        upstream = self._context.upstream(Component.STOREFRONT)
        upstream.parent.mkdir(exist_ok=True)
        if not upstream.exists():
            upstream.write_text(self.servers())

    def child(self) -> Child:
        """The master process."""
        home = self._context.home(self.name)
        return self._context.child(
            self.name, [str(NGINX.path), "-p", home, "-c", home / "nginx.conf", "-e", "stderr"]
        )

    async def ready(self) -> None:
        """Returns when it shows its status."""
        url = f"http://{self._context.network.host('edge')}:{STATUS_PORT}/stub_status"
        await answers(self.name, lambda: get(url), (httpx.HTTPError,), self._context.log(self.name))
