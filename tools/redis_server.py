"""Make sure there is a Redis for the tests with real workers: the machine's own or Debian's."""

import os
import shutil
import subprocess
import sys

NAME = "redis-server"
MISSING = ("The tests of background jobs need a Redis server. Install one (Debian: apt-get install redis-server); "
           "redis-server must be on the PATH.")


def installed():
    """Return the path of the server on this machine, or None."""
    return shutil.which(NAME)


def main():
    """Install it where there is none; say what to do where that fails."""
    if not installed() and shutil.which("apt-get") and os.geteuid() == 0:
        # In runlevel 1 Debian's package does not start a server of its own; the tests start theirs.
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", NAME],
                       check=False, env=environment, stdout=subprocess.DEVNULL)
    if not installed():
        sys.exit(MISSING)


if __name__ == "__main__":
    main()
