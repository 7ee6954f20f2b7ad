"""Put the libraries of Studio's editor into static/js/libraries.js, from their releases: python tools/libraries.py

Needs npm; nobody else does, for the file is kept in the repository. Each release is compared with a checksum. The
libraries stand in one global object of ours: pages of Studio have an AMD loader, which releases would otherwise
register with instead, and may have other versions of the same ones.
"""

import base64
import hashlib
import subprocess
import tarfile
import tempfile
from pathlib import Path

STATIC = Path(__file__).resolve().parents[1] / "static" / "js"

# name, version, licence, SHA-512 of the release (base64), file in it, the name it takes
LIBRARIES = [
    ("preact", "10.29.8", "MIT",
     "ej2aVZ+vZ8WO7tvlQWRM9N63A0KzF9q4mWJfDUHgYaIofWY9hu74QdnQrjoPMmZi2/nZ5gN0bJCQF49xQqx09Q==",
     "dist/preact.min.umd.js", "preact"),
    ("htm", "3.1.1", "Apache-2.0",
     "983Vyg8NwUE7JkZ6NmOqpCZ+sh1bKv2iYTlUkzlWmA5JD2acKoxd4KVxbMmxX/85mtfdnDmTFoNKcg5DGAvxNQ==",
     "dist/htm.umd.js", "htm"),
    ("sortablejs", "1.15.7", "MIT",
     "Kk8wLQPlS+yi1ZEf48a4+fzHa4yxjC30M/Sr2AnQu+f/MPwvvX9XjZ6OWejiz8crBsLwSq8GHqaxaET7u6ux0A==",
     "Sortable.min.js", "Sortable"),
    ("dompurify", "3.4.18", "Apache-2.0 (or MPL-2.0)",
     "ofe3wI/uNm68HInABYFJYqQxRw1EaKAjNdrFVKqjUY+UZurvNd2L/HuQe097s/4RivWiZyP6tT7aoT8atjfhwg==",
     "dist/purify.min.js", "DOMPurify"),
    ("squire-rte", "2.4.8", "MIT",
     "pUp+LhZf2cUlhRKnD40DopUCdhmHlYUF7zGYqOBr8I/tQk/qZie/nXQ1DQcKlXqlr8Bw16TpE/7LQWxUeVrFNg==",
     "dist/squire.js", "Squire"),
]
_HEAD = "/* Libraries of Studio's editor, made by tools/libraries.py; licences: libraries-licences.txt. */\n" \
        "var MigrEmpowerLibraries = {};\n"
# What each release looks for to find its place is hidden from it; Squire always writes to the window.
_WRAPPED = """/* {name} {version}, {licence} */
(function (window, globalThis, self, define, module, exports) {{
{code}
}}).call(MigrEmpowerLibraries, window, MigrEmpowerLibraries, MigrEmpowerLibraries);
"""
_TAIL = "MigrEmpowerLibraries.Squire = window.Squire;\ndelete window.Squire;\n"


def release(name, version, checksum, folder):
    """Return the open archive of a release. Raises ``SystemExit`` where it is not the one that was chosen."""
    done = subprocess.run(["npm", "pack", f"{name}@{version}", "--silent"], cwd=folder, check=True,
                          capture_output=True, text=True)
    archive = Path(folder) / done.stdout.split()[-1]
    if base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() != checksum:
        raise SystemExit(f"{name} {version} is not the release that was chosen. Look at it before you go on.")
    return tarfile.open(archive)


def main():
    """Write the two files."""
    script, licences = [_HEAD], []
    with tempfile.TemporaryDirectory() as folder:
        for name, version, licence, checksum, path, _ in LIBRARIES:
            with release(name, version, checksum, folder) as archive:
                code = archive.extractfile(f"package/{path}").read().decode()
                code = "\n".join(line for line in code.strip().splitlines() if not line.startswith("//# sourceMapping"))
                script.append(_WRAPPED.format(name=name, version=version, licence=licence, code=code))
                text = archive.extractfile("package/LICENSE").read().decode()
                licences.append(f"{name} {version} ({licence})\n{'=' * 72}\n\n{text.strip()}\n")
    (STATIC / "libraries.js").write_text("".join([*script, _TAIL]), "utf-8")
    (STATIC / "libraries-licences.txt").write_text("\n\n".join(licences), "utf-8")


if __name__ == "__main__":
    main()
