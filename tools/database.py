"""PostgreSQL for ``make test-db``: a server in a temporary folder, gone afterwards; Debian's or the machine's own.

``python -m tools.database COMMAND …`` runs a command with ``MIGREMPOWER_DATABASE`` naming it.
"""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

MISSING = ("The tests of the database need PostgreSQL. Install its server (Debian: apt-get install postgresql); initdb "
           "must be on the PATH or below /usr/lib/postgresql.")
USER = "migrempower"


def programs():
    """Return the folder of PostgreSQL's programs on this machine, or None."""
    found = shutil.which("initdb")
    return Path(found).parent if found else max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)


def install():
    """Install it where there is none and Debian has it; end with a sentence that says what to do otherwise."""
    if not programs() and shutil.which("apt-get") and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "postgresql"],
                       check=False, env=environment, stdout=subprocess.DEVNULL)
    if not programs():
        sys.exit(MISSING)


def as_nobody(folder):
    """Return what makes a command run as somebody whom PostgreSQL accepts: it refuses root."""
    if os.geteuid() != 0:
        return []
    owner = pwd.getpwnam("postgres")
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    return ["setpriv", f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]


def main(command):
    """Run ``command`` with a database of its own; return its exit code."""
    install()
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        data, tools, who = f"{folder}/data", programs(), as_nobody(folder)
        subprocess.run([*who, tools / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8"], check=True,
                       stdout=subprocess.DEVNULL, cwd=folder)
        start = [*who, tools / "pg_ctl", "-D", data, "-w", "-l", f"{folder}/log",
                 "-o", f"-p {port} -k {folder} -c max_connections=300 -c listen_addresses=127.0.0.1"]
        subprocess.run([*start, "start"], check=True, stdout=subprocess.DEVNULL, cwd=folder)
        try:
            address = f"postgresql://{USER}@127.0.0.1:{port}/postgres"
            return subprocess.run(command, env={**os.environ, "MIGREMPOWER_DATABASE": address}, check=False).returncode
        finally:
            subprocess.run([*start, "-m", "immediate", "stop"], check=False, stdout=subprocess.DEVNULL, cwd=folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
