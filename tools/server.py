"""The workbench in a process of its own, for tests and measurements."""

import os
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


class Server:
    """A workbench with its state in ``folder``, and ``more`` in its environment; it can be stopped and started."""

    def __init__(self, folder, **more):
        self.environment = {**os.environ, "MIGREMPOWER_VAR": str(folder), "DJANGO_SETTINGS_MODULE": "host.settings",
                            **more}
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = None
        self.folder = Path(folder)
        self.log = self.folder / "server.log"

    def manage(self, *arguments):
        """Run a command of ``manage.py`` and return what it prints."""
        return subprocess.run([sys.executable, "workbench/manage.py", *arguments], cwd=ROOT, env=self.environment,
                              check=True, stdout=subprocess.PIPE, text=True).stdout

    def reset(self, *options):
        """Have the database as ``manage.py seed --reset`` with these options left it: that takes seconds once, and then
        a copy does.
        """
        copy, database = self.folder / f"seed{''.join(options)}.sqlite3", self.folder / "workbench.sqlite3"
        if not copy.exists():
            self.manage("seed", "--reset", *options)
            _copy(database, copy)
        _copy(copy, database)

    def start(self):
        """Start it and wait until it answers. Raises ``RuntimeError`` where it does not."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "workbench/manage.py", "runserver", "--noreload", f"127.0.0.1:{self.port}"],
                cwd=ROOT, env=self.environment, stdout=log, stderr=log)
        for _ in range(300):
            try:
                urllib.request.urlopen(self.url, timeout=5).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("the workbench does not answer")

    def stop(self):
        """End it."""
        self.process.terminate()
        self.process.wait(10)


def _copy(database, to):
    """Copy a SQLite database that others may use meanwhile."""
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(to, timeout=20)) as target:
        source.backup(target)
