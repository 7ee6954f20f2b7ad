"""Static files: what a site collects, that every address of a page is there, and that nothing else can be reached."""

import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from importlib.resources import files
from itertools import product
from pathlib import Path
from urllib.parse import quote, unquote, urljoin

import pytest
from django.contrib.staticfiles import utils
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.storage import staticfiles_storage
from django.contrib.staticfiles.views import serve
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.test import override_settings
from django.urls import Resolver404, get_resolver, re_path
from xblock.core import XBlock
from xblock.exceptions import DisallowedFileError

from host import urls as host_urls
from host.people import EVERYBODY
from host.runtime import HostRuntime
from migrempower_xblock.cohort_report import CohortReportBlock
from migrempower_xblock.passport import PassportBlock
from migrempower_xblock.self_evaluation import SelfEvaluationBlock
from migrempower_xblock.training_module import TrainingModuleBlock

from .test_handlers import everything, hand_in

ROOT = Path(__file__).resolve().parents[1]
BLOCKS = (SelfEvaluationBlock, TrainingModuleBlock, CohortReportBlock, PassportBlock)
TYPES = sorted(block.__module__.replace(".", "_").replace("_xblock", "") for block in BLOCKS)
COLLECTED = "xblock/resources/migrempower_xblock/"
PUBLIC = {str(path.relative_to(ROOT / "static")) for path in (ROOT / "static").rglob("*")
          if path.is_file() and path.suffix not in (".py", ".pyc")}

# What the running workbench adds by itself, because there DEBUG is on.
urlpatterns = [*host_urls.urlpatterns, re_path(r"^static/(?P<path>.*)$", serve, {"insecure": True}, name="static")]


# -- collecting --------------------------------------------------------------------------------------------------------


def package_of(block):
    """The package that names a block's files (openedx/core/lib/xblock_utils: xblock_resource_pkg)."""
    return block.__module__.rsplit(".", 1)[0]


class PackageFiles(FileSystemStorage):
    """The files of a package below a folder, without what is code."""

    def __init__(self, package, folder):
        super().__init__(files(package) / folder)
        self.prefix = f"xblock/resources/{package}"

    def listdir(self, path):
        return tuple([name for name in names if Path(name).suffix not in (".py", ".pyc", ".scss")]
                     for names in super().listdir(path))


class BlockFinder(BaseFinder):
    """Finds what the platform's finder does (openedx/core/lib/xblock_pipeline/finder.py): all files below the
    ``resources_dir`` of each installed block, seen from its package.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        ours = [block for _, block in XBlock.load_classes() if package_of(block) == "migrempower_xblock"]
        self.storages = [PackageFiles(*each) for each in {(package_of(block), block.get_resources_dir())
                                                          for block in ours}]

    def list(self, ignore_patterns):
        for storage in self.storages:
            if storage.exists(""):
                yield from ((path, storage) for path in utils.get_files(storage, ignore_patterns))

    def find(self, path, *args, **kwargs):
        return []


def collecting(root, storage):
    return override_settings(
        STATIC_ROOT=str(root), STATICFILES_FINDERS=[f"{BlockFinder.__module__}.BlockFinder"],
        STORAGES={"default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
                  "staticfiles": {"BACKEND": f"django.contrib.staticfiles.storage.{storage}"}})


def below(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """What collectstatic fills: {storage: folder}."""
    found = {storage: tmp_path_factory.mktemp("static") for storage in ("StaticFilesStorage",
                                                                        "ManifestStaticFilesStorage")}
    for storage, root in found.items():
        with collecting(root, storage):
            call_command("collectstatic", interactive=False, verbosity=0)
    return found


@pytest.fixture(params=["StaticFilesStorage", "ManifestStaticFilesStorage"])
def collected(request, folders):
    """The folder collectstatic has filled, while the settings of that storage are on."""
    with collecting(folders[request.param], request.param):
        yield folders[request.param]


def has_hashes():
    return hasattr(staticfiles_storage, "hashed_files")


def test_a_site_collects_exactly_what_stands_below_static(collected):
    found, hashed = below(collected), set()
    if has_hashes():
        hashed = {*staticfiles_storage.hashed_files.values(), "staticfiles.json"}
        assert staticfiles_storage.hashed_files.keys() == {COLLECTED + path for path in PUBLIC}
    assert found - hashed == {COLLECTED + path for path in PUBLIC}
    for path in PUBLIC:
        assert (collected / COLLECTED / path).read_bytes() == (ROOT / "static" / path).read_bytes()


def test_a_site_collects_the_same_from_the_wheel(tmp_path):
    """``tests/test_wheel.py`` holds that the wheel is laid out as here."""
    site = tmp_path / "site"
    for source, target in (("migrempower_xblock", ""), ("static", "static"), ("templates", "templates")):
        shutil.copytree(ROOT / source, site / "migrempower_xblock" / target, dirs_exist_ok=True)
    program = f"""
import django, sys
django.setup()
from django.core.management import call_command
from tests.test_static_files import collecting
import migrempower_xblock
print(migrempower_xblock.__file__)
with collecting({str(tmp_path / "static")!r}, "ManifestStaticFilesStorage"):
    call_command("collectstatic", interactive=False, verbosity=0)
"""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "host.settings", "MIGREMPOWER_VAR": str(tmp_path / "var"),
                   "PYTHONPATH": os.pathsep.join(map(str, (site, ROOT, ROOT / "workbench")))}
    told = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=tmp_path,
                          env=environment)
    assert told.stdout.startswith(str(site))
    found = below(tmp_path / "static")
    assert {COLLECTED + path for path in PUBLIC} < found
    assert len(found) == 2 * len(PUBLIC) + 1  # each under its hashed name too, and the list of these


# -- the addresses of a page -------------------------------------------------------------------------------------------


class SiteRuntime(HostRuntime):
    """Names files as the platform does where they are collected (xblock_utils: xblock_local_resource_url)."""

    def local_resource_url(self, block, uri):
        return staticfiles_storage.url(f"xblock/resources/{package_of(block.unmixed_class)}/{uri}")


def pages(slug, person):
    """The HTML of every view, and what a fragment asks for beside it."""
    from host import course

    course.load()
    views = {"author": ("student_view", "author_view", "studio_view"), "visitor": ("public_view", "student_view")}
    for view in views.get(person, ("student_view",)):
        block = SiteRuntime(EVERYBODY[person]).get_block(course.BY_SLUG[slug].usage_id)
        fragment = getattr(block, view)({})  # without what the workbench wraps around it
        yield fragment.content + fragment.head_html() + fragment.foot_html()


def addresses(html):
    return set(re.findall(r"""["'(](/static/xblock/[^"'()\s<>\\]+)""", html))


def exists(collected, address):
    return (collected / address.removeprefix("/static/").split("?")[0].split("#")[0]).is_file()


@pytest.mark.django_db
def test_every_address_of_every_view_is_there_after_collecting(collected, open_block, call):
    hand_in(call, open_block("start", "amira"), everything())
    found = set()
    for slug, person in product(("start", "every-kind", "with-mistakes", "cohort-report", "passport"),
                                ("amira", "trainer", "author", "visitor")):
        for html in pages(slug, person):
            assert "/resource/" not in html
            found |= addresses(html)
    assert {address for address in found if not exists(collected, address)} == set()
    kinds = {re.sub(r"\.[0-9a-f]{12}", "", address).rsplit("/", 1)[-1] for address in found}
    assert {"learner.css", "studio.css", "report.css", "passport.css", "learner.js", "studio.js", "libraries.js",
            "report.js", "passport.js", "authors.html", "trainers.html", "house.svg"} <= kinds
    if has_hashes():
        assert all(re.search(r"\.[0-9a-f]{12}\.\w+$", address) for address in found)


def referred(path, text):
    """The relative addresses in a file."""
    found = []
    if path.suffix == ".html":
        found = re.findall(r"""(?:href|src)=["']([^"'#][^"']*)""", text)
    elif path.suffix == ".css":
        found = re.findall(r"""url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""", text)
        found = [one or other for one, other in found]
    elif path.suffix == ".js":
        found = re.findall(
            r"""(?:\bimport\s*\(?|importScripts\(|new Worker\(|sourceMappingURL=)\s*["']?([\w./-]+\.\w+)""", text)
    return [each for each in found if not re.match(r"(https?|mailto|tel|data):", each)]


def test_what_a_collected_file_refers_to_is_there_too(collected):
    """A page with a hashed name refers to the others by their own names: a site keeps both."""
    links = 0
    for path in collected.rglob("*"):
        if path.suffix not in (".html", ".css", ".js"):
            continue
        for address in referred(path, path.read_text("utf-8")):
            links += 1
            assert exists(collected, urljoin(f"/static/{path.relative_to(collected)}", address)), (path.name, address)
    assert links > 20


def test_no_style_and_no_script_needs_another_file():
    """So that none goes on using an old one after an update: only pages of the guides refer to others."""
    for path in map(Path, PUBLIC):
        if path.suffix in (".css", ".js"):
            assert referred(path, (ROOT / "static" / path).read_text("utf-8")) == [], path


# -- what cannot be reached --------------------------------------------------------------------------------------------


def installed():
    """Every file of the installed package, as (name in the package, file)."""
    for folder, target in (("migrempower_xblock", ""), ("static", "static/"), ("templates", "templates/")):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                yield f"{target}{path.relative_to(ROOT / folder)}", path


def spellings(name, path):
    """Ways to write the path of a file, for who would like to read it."""
    up = "/".join([".."] * name.count("/") + [".."])
    tail = name.removeprefix("static/")
    names = (name, tail, f"./{name}", f"/{name}", f"//{name}", f"css/../{name}", f"css/../../{name}",
             f"css/{up}/migrempower_xblock/{name}", f"pictures/own/../../../migrempower_xblock/{name}",
             f"css//..//..//{name}", f"css/./{name}", f"../migrempower_xblock/{name}", f"../{path.relative_to(ROOT)}",
             str(path), f"/{path}", f"file://{path}", f"/proc/self/root{path}", f"/proc/self/cwd/{name}",
             f"C:\\{name}", name.replace("/", "\\"), f"css\\..\\..\\{name}", f"css/..\\..\\{name}",
             f"{name}\0.css", f"css/{name}\0", f"css/learner.css\0{name}", f"css/learner.css\n{name}", f"{name}\n",
             f"{name};.css", f"{name}?.css", f"{name}#.css", f"{name}.css", f"{name} ", f"{name}/", f"css/{name}",
             name.upper(), name.replace(".", "\uff0e"), name.replace("/", "\uff0f"),
             f"css/\u2024\u2024/\u2024\u2024/{name}", f"css/\uff0e\uff0e/\uff0e\uff0e/{name}", f"css/\u202e{name}",
             "../" * 3000 + name, "css/" + "a/" * 3000 + name, f"~/{name}", f"%(path)s/{name}", f"{{0}}/{name}")
    found = dict.fromkeys(names)
    for each in names[:12]:
        found |= dict.fromkeys([
            each.replace(".", "%2e"), each.replace("/", "%2f"), each.replace("..", "%2e%2e"),
            each.replace("..", "%252e%252e"), each.replace("/", "%5c"), each.replace("..", "%c0%ae")])
    return list(found)


def test_a_block_opens_what_pages_use_of_what_a_site_collects_and_nothing_else():
    """Whatever the spelling, as text or bytes. What pages do not use are licences."""
    opened = set()
    for block, (name, path) in product(BLOCKS, installed()):
        for spelling in spellings(name, path):
            for uri in (spelling, spelling.encode("utf-8")):
                with suppress(DisallowedFileError, OSError), block.open_local_resource(uri) as file:
                    opened.add((spelling, Path(file.name).resolve()))
    assert opened == {(path, ROOT / "static" / path) for path in PUBLIC if not path.endswith(".txt")}


@pytest.mark.parametrize("uri", [b"\xff\xfe", b"css/learner\xc0\xaecss", "", b"", "\ud800", "css", "css/", "css/.css"])
def test_what_is_no_path_opens_nothing(uri):
    for block in BLOCKS:
        with pytest.raises(DisallowedFileError):
            block.open_local_resource(uri)


def of_each_kind():
    """A preset with answers, a template, a catalogue, a program, a document's source."""
    private = ((name, path) for name, path in installed() if name.removeprefix("static/") not in PUBLIC)
    return {path.suffix: (name, path) for name, path in private if path.stat().st_size > 200
            and path.suffix in (".xml", ".html", ".mo", ".py", ".typ")}.values()


def requests_for(spelling):
    """The addresses of the workbench with a spelling in each place that takes any text."""
    legitimate = {"slug": "start", "view": "student_view", "usage_id": "start.migrempower_self_evaluation.d0.u0",
                  "handler_slug": "page", "suffix": "x", "block_type": TYPES[0]}
    resolver, written = get_resolver(__name__), quote(spelling, safe="/%:")
    for pattern in resolver.url_patterns:
        for made, names in resolver.reverse_dict[pattern.name][0] if pattern.name else ():
            for place in names:
                address = "/" + made % {name: written if name == place else legitimate.get(name, written)
                                        for name in names}
                with suppress(Resolver404):  # which Django answers with 404
                    resolver.resolve(unquote(address))
                    yield address


def test_every_place_for_text_in_an_address_of_the_workbench_is_tried():
    tried = {address.split("/")[1] for address in requests_for("page")}
    taking = [pattern for pattern in get_resolver(__name__).url_patterns if "<" in str(pattern.pattern)]
    assert tried == {str(pattern.pattern).lstrip("^").split("/")[0] for pattern in taking}
    assert {"resource", "static", "unit", "handler"} <= tried


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_no_address_of_the_workbench_gives_a_preset_template_catalogue_or_code(client):
    client.raise_request_exception = False
    assert len(of_each_kind()) == 5
    for name, path in of_each_kind():
        content = path.read_bytes()
        known = content[len(content) // 2:][:100]
        for number, spelling in enumerate(each for each in spellings(name, path) if len(each) < 1000):
            for address in requests_for(spelling):
                if number > 9 and address.startswith("/handler/"):  # where a file is not what is asked for
                    continue
                reply = client.get(address)
                body = b"".join(reply.streaming_content) if reply.streaming else reply.content
                assert known not in body, (reply.status_code, address)
                assert reply.status_code != 500, address


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_the_workbench_serves_what_is_public(client):
    for path, block_type in product(PUBLIC, TYPES):
        status = client.get(f"/resource/{block_type}/{path}").status_code
        assert status == (404 if path.endswith(".txt") else 200), path


@pytest.mark.django_db
@pytest.mark.parametrize("person", ["new", "elsewhere", "visitor", "learner-001"])
def test_a_marked_answer_key_stands_in_no_reply_to_a_learner(client, person):
    from host import course

    course.load()
    replies = [client.get(f"/?student={person}"), client.get(f"/gradebook/?student={person}")]
    for view in ("", "student_view/", "public_view/", "author_view/", "studio_view/"):
        replies.append(client.get(f"/unit/secrets/{view}?student={person}"))
    usage_id = course.BY_SLUG["secrets"].usage_id
    handlers = [name for name in dir(TrainingModuleBlock)
                if getattr(getattr(TrainingModuleBlock, name), "_is_xblock_handler", False)]
    assert len(handlers) > 15
    for handler, suffix in product(handlers, ("", "/json", "/csv")):
        address = f"/handler/{usage_id}/{handler}{suffix}?student={person}"
        replies += [client.get(address), client.post(address, {}, content_type="application/json"),
                    client.post(address, {"run": 1, "answers": {}, "name": "shipped:my-skills", "document": {},
                                          "settings": {}, "state": {}, "kind": "xml"}, content_type="application/json")]
    for reply in replies:
        body = b"".join(reply.streaming_content) if reply.streaming else reply.content
        assert b"SECRET" not in body and b"secret-" not in body, reply.request["PATH_INFO"]
    assert any(b"A module with marked answers" in reply.content for reply in replies)
