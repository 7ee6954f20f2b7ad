"""What is released, into ``dist/``: the wheel, the source archive, and a bill of what the package needs (CycloneDX).

The same commit, built with what ``constraints/build.txt`` names, gives the same bytes: every time is that of the last
commit, owners and modes are left out, and only files that git knows or would take are built from. The bill is the same
as long as the index answers with the same versions.
"""

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import uuid
import venv
import zipfile
from datetime import UTC, datetime
from pathlib import Path

from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense, LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.spdx import fixup_id
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
NAME = "migrempower-xblock"
NOT_SOURCE = shutil.ignore_patterns(".git", ".venv*", "var", "build", "dist", "*.egg-info", "__pycache__", ".*_cache",
                                    ".hypothesis")
LISTING = """
import importlib.metadata, json
fields = ("Name", "Version", "Summary", "License-Expression", "License")
print(json.dumps([{field: each.metadata[field] for field in fields} | {
    "classifiers": each.metadata.get_all("Classifier") or [], "requires": each.requires or []}
    for each in importlib.metadata.distributions()]))
"""


def epoch(root=ROOT):
    """Return the time of a release in seconds: of the last commit, or of the newest date in the changelog. It is even,
    for wheels count in steps of two seconds.
    """
    return _epoch(root) // 2 * 2


def _epoch(root):
    if "SOURCE_DATE_EPOCH" in os.environ:
        return int(os.environ["SOURCE_DATE_EPOCH"])
    if (root / ".git").exists():
        return int(subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=root, check=True, capture_output=True,
                                  text=True).stdout)
    dates = re.findall(r"\d{4}-\d{2}-\d{2}", (root / "CHANGELOG.rst").read_text("utf-8"))
    return int(datetime.fromisoformat(max(dates)).replace(tzinfo=UTC).timestamp())


def copy_sources(target, root=ROOT):
    """Copy what git knows or would take, without git all that was not built or installed, to a folder that is new."""
    if not (root / ".git").exists():
        shutil.copytree(root, target, ignore=NOT_SOURCE)
        return
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root,
                            check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (root / name).is_file():  # not deleted since
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, target / name)


def _level_wheel(source, target, moment):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():  # as the format asks: what describes the wheel comes last
            info = zipfile.ZipInfo(name, time.gmtime(moment)[:6])
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0o100644 << 16
            new.writestr(info, old.read(name))


def _level_archive(source, target, moment):
    out = io.BytesIO()
    with tarfile.open(source) as old, tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as new:
        for member in sorted(old.getmembers(), key=lambda each: each.name):
            info = tarfile.TarInfo(member.name)
            info.type, info.size, info.mtime = member.type, member.size, moment
            info.mode = 0o755 if member.isdir() else 0o644
            new.addfile(info, old.extractfile(member) if member.isfile() else None)
    target.write_bytes(gzip.compress(out.getvalue(), mtime=moment))


def build(folder, root=ROOT):
    """Build ``root`` into ``folder``, the same bytes each time; return the paths of (wheel, source archive).

    Raises ``subprocess.CalledProcessError`` where the build fails, with what it said in ``output``.
    """
    moment = epoch(root)
    folder.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"SOURCE_DATE_EPOCH": str(moment),
                                "PIP_CONSTRAINT": str(root / "constraints" / "build.txt")}
    with tempfile.TemporaryDirectory() as temporary:
        tree, built = Path(temporary) / "tree", Path(temporary) / "built"
        copy_sources(tree, root)
        subprocess.run([sys.executable, "-m", "build", "--outdir", built, tree], check=True, env=environment, text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        (wheel,), (archive,) = built.glob("*.whl"), built.glob("*.tar.gz")
        _level_wheel(wheel, folder / wheel.name, moment)
        _level_archive(archive, folder / archive.name, moment)
    return folder / wheel.name, folder / archive.name


def installed(python):
    """Return {name: data} of what is installed beside a Python: name, version, licence and requirements, as it says."""
    listed = json.loads(subprocess.run([python, "-c", LISTING], check=True, capture_output=True, text=True).stdout)
    return {canonicalize_name(each["Name"]): each for each in listed}


def needed(packages, name=NAME):
    """Return {name: [names it needs]} of a package and all that it needs, as the markers of this Python choose."""
    found, ahead = {}, [(name, frozenset())]
    asked = set()
    while ahead:
        name, extras = ahead.pop()
        found.setdefault(name, set())
        asked.add((name, extras))
        for requirement in map(Requirement, packages[name]["requires"]):
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras or {""}):
                other = canonicalize_name(requirement.name)
                found[name].add(other)
                if (step := (other, frozenset(requirement.extras))) not in asked:
                    ahead.append(step)
    return {name: sorted(others) for name, others in sorted(found.items())}


def licences(package):
    """Return the licences a package names: an expression, a name of SPDX, else its classifiers or its own words."""
    if package["License-Expression"]:
        return [LicenseExpression(package["License-Expression"])]
    words = (package["License"] or "").strip().splitlines()[:1]
    if words and (known := fixup_id(words[0])):
        return [DisjunctiveLicense(id=known)]
    named = [classifier.split(" :: ")[-1] for classifier in package["classifiers"]
             if classifier.startswith("License :: ") and classifier != "License :: OSI Approved"]
    return [DisjunctiveLicense(name=name) for name in named or words]


def bill(packages, moment):
    """Return our bill of materials among ``packages``: CycloneDX 1.6, JSON text; ``moment`` is in seconds.

    Raises ``ValueError`` where it would not be valid.
    """
    needs = needed(packages)
    components = {}
    for name in needs:
        package = packages[name]
        purl = PackageURL("pypi", None, name, package["Version"])
        components[name] = Component(
            name=name, version=package["Version"], type=ComponentType.LIBRARY, description=package["Summary"],
            bom_ref=str(purl), purl=purl, licenses=licences(package))
    ours = components.pop(NAME)
    contents = Bom(components=components.values(),
                   serial_number=uuid.uuid5(uuid.NAMESPACE_URL, " ".join(str(each.purl) for each in (
                       ours, *components.values()))),
                   metadata=BomMetaData(component=ours, timestamp=datetime.fromtimestamp(moment, UTC)))
    for name, others in needs.items():
        contents.register_dependency(components.get(name, ours), [components[other] for other in others])
    text = JsonV1Dot6(contents).output_as_string(indent=2) + "\n"
    if error := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise ValueError(f"The bill of materials is not valid: {error}")
    return text


def clean_environment(folder, wheel):
    """Make an environment in ``folder`` that holds only a wheel and what it needs; return the path of its Python."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel], check=True)
    return python


def main(folder=ROOT / "dist"):
    """Build all into ``dist/``, check it, and say what came out with its SHA-256."""
    try:
        wheel, archive = build(folder)
    except subprocess.CalledProcessError as error:
        sys.exit(error.output)
    subprocess.run([sys.executable, "-m", "twine", "check", "--strict", wheel, archive], check=True)
    materials = folder / f"{wheel.name.split('-py3')[0]}.cdx.json"
    with tempfile.TemporaryDirectory() as temporary:
        materials.write_text(bill(installed(clean_environment(Path(temporary), wheel)), epoch()), "utf-8")
    for path in (wheel, archive, materials):
        print(hashlib.sha256(path.read_bytes()).hexdigest(), path.relative_to(ROOT))


if __name__ == "__main__":
    main()
