"""supervisord's configuration for the lab's services."""

import configparser
import io
import sys
from pathlib import Path

from lab.operations.tool.layout import Layout
from lab.topology import SLOTS

LOG_LIMIT = "50MB"


def configuration(layout: Layout, root: Path) -> str:
    """The content of supervisord.conf: a group of processes for each service, started by `ops start`.

    The group has all places of the service; scaling starts and stops processes, so the others keep running.
    """
    content = configparser.ConfigParser(interpolation=None)
    content["unix_http_server"] = {"file": str(layout.supervisord_socket), "chmod": "0700"}
    content["supervisord"] = {
        "nodaemon": "true",
        "logfile": str(layout.run / "logs" / "supervisord.log"),
        "logfile_maxbytes": LOG_LIMIT,
        "logfile_backups": "0",
        "pidfile": str(layout.run / "supervisord.pid"),
        "user": "root",
        "minfds": "1024",
    }
    content["rpcinterface:supervisor"] = {
        "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
    }
    content["supervisorctl"] = {"serverurl": f"unix://{layout.supervisord_socket}"}
    launch = f"{sys.executable} -S -m lab.operations.tool.launch {layout.run}"
    for service in layout.services:
        content[f"program:{service}"] = {
            "command": f"{launch} {service} %(process_num)d",
            "environment": f'PYTHONPATH="{root}",PYTHONDONTWRITEBYTECODE="1"',
            "directory": "/",
            "numprocs": str(SLOTS),
            "numprocs_start": "1",
            "process_name": "%(program_name)s-%(process_num)d",
            "autostart": "false",
            "autorestart": "true",
            "startsecs": "1",
            "startretries": "100000",
            "stopwaitsecs": "8",
            "stopasgroup": "false",
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": f"{layout.run}/logs/%(program_name)s-%(process_num)d.log",
            "stdout_logfile_maxbytes": LOG_LIMIT,
            "stdout_logfile_backups": "0",
        }
    text = io.StringIO()
    content.write(text)
    return text.getvalue()
