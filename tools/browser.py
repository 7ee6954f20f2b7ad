"""Make sure there is a Chromium for the browser tests: the machine's own, Debian's, or Playwright's."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# What a headless Chromium needs not do; without the features it opens a window for each page, and takes twice as long.
QUICK = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--no-first-run", "--disable-quic", "--disable-features=" + ",".join((
             "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "Translate", "MediaRouter",
             "LensOverlay", "OptimizationHints", "PaintHolding", "DestroyProfileOnBrowserClose", "HttpsUpgrades"))]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def installed():
    """Return the path of a browser on this machine, or None."""
    named = os.environ.get("CHROMIUM")
    return named or next((path for path in map(shutil.which, NAMES) if path), None)


def _playwrights_own():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


def main():
    """Install a browser where there is none; say what to do where that fails."""
    if installed() or _playwrights_own():
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-noto-core"],
                       check=False, env=environment, stdout=subprocess.DEVNULL)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "--with-deps" if os.geteuid() == 0 else
                        "--no-shell", "chromium"], check=False)
    if not (installed() or _playwrights_own()):
        sys.exit("The browser tests need Chromium. Install it (Debian: apt-get install chromium), or name one: "
                 "CHROMIUM=/path/to/chromium make test")


if __name__ == "__main__":
    main()
