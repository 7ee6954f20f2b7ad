"""The runtimes in which Open edX runs a block, over the double of the LMS in ``tests/lms``.

What each binds, leaves None or answers with an exception is read in openedx-platform, from Teak (2025) on; the
docstrings name its modules. A service our blocks never ask for is there by name only.
"""

from contextlib import contextmanager, nullcontext
from copy import deepcopy
from enum import Enum
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from lxml import etree
from opaque_keys.edx.locator import LibraryLocatorV2, LibraryUsageLocatorV2
from submissions.models import StudentItem, Submission
from workbench.models import XBlockState
from workbench.runtime import ID_MANAGER, WorkbenchRuntime
from xblock.core import XBlock, XBlockMixin
from xblock.exceptions import InvalidScopeError
from xblock.field_data import FieldData, SplitFieldData
from xblock.fields import Boolean, DateTime, Scope, ScopeIds, String
from xblock.reference.plugins import Service
from xblock.runtime import KeyValueStore, KvsFieldData, MemoryIdManager, NullI18nService, Runtime

from migrempower_xblock.models import ReportJob

from ..lms import double

AUTHORED = (Scope.content, Scope.settings)
LEARNERS = (Scope.user_state, Scope.user_state_summary, Scope.user_info, Scope.preferences)

HERE = Path(__file__).parent
OLX = (
    (HERE / "self_evaluation.xml").read_text("utf-8"), (HERE / "training_module.xml").read_text("utf-8"),
    '<migrempower_cohort_report display_name="Who needs help?"/>', '<migrempower_passport display_name="My path"/>',
)


class Unasked:
    """A service our blocks have no use for."""

    def __init__(self, name):
        self._name = name

    def __getattr__(self, attribute):
        raise AssertionError(f"The service {self._name} was asked for {attribute}.")


def by_name(names):
    found = {name: Unasked(name) for name in names.split()}
    return {**found, "i18n": lambda block: NullI18nService()} if "i18n" in found else found


# -- what all have -----------------------------------------------------------------------------------------------------

class Watched:
    """What is common to the runtimes, and noted for the tests: ``site`` is the ``Site`` of the test."""

    site = None
    blocks_of_type = None  # the modulestore is asked

    def service(self, block, service_name):
        """A service that can be called is called with the block (xmodule.x_module, ``ModuleStoreRuntime.service``)."""
        if self.site.takes(block, service_name):
            return None
        found = super().service(block, service_name)
        return found(block) if callable(found) else found

    def publish(self, block, event_type, event_data):
        self.site.published.append((event_type, event_data))

    def handler_url(self, block, handler_name, suffix="", query="", thirdparty=False):
        return f"/handler/{block.scope_ids.usage_id}/{handler_name}/{suffix}"

    def local_resource_url(self, block, uri):
        return f"/static/{uri}"

    def resource_url(self, resource):
        raise NotImplementedError("No runtime of Open edX has addresses of this kind.")

    def applicable_aside_types(self, block):
        return []


@XBlock.needs("i18n", "partitions")
@XBlock.wants("completion")
class CourseMixin(XBlockMixin):
    """What a course mixes into its blocks (lms.djangoapps.lms_xblock.mixin, xmodule.modulestore.inheritance,
    xmodule.x_module ``XModuleMixin``).
    """

    has_score = False
    graceperiod = None
    due = DateTime(default=None, scope=Scope.settings)
    graded = Boolean(default=False, scope=Scope.settings)
    show_correctness = String(default="always", scope=Scope.settings)
    static_asset_path = String(default="", scope=Scope.settings)

    @property
    def location(self):
        return self.scope_ids.usage_id

    @property
    def course_id(self):
        return self.scope_ids.usage_id.course_key


@XBlock.wants("completion")
class LibraryMixin(XBlockMixin):
    """What a library mixes in (openedx.core.djangoapps.xblock.runtime: mixin.py, ``XBlockShim`` in shims.py)."""

    has_score = False

    @property
    def location(self):
        return self.scope_ids.usage_id

    @property
    def graded(self):
        raise AttributeError(".graded is for one kind of block only")


class ReplaceURLService(Service):
    """common.djangoapps.static_replace.services: it knows the course by its block."""

    def __init__(self, block=None, static_asset_path="", static_paths_out=None, jump_to_id_base_url=None,
                 lookup_asset_url=None, **kwargs):
        super().__init__(**kwargs)
        self._lookup = lookup_asset_url
        self._xblock = self.xblock() or block

    def replace_urls(self, text, static_replace_only=False):
        block = self.xblock()
        if self._lookup:
            return text.replace("/static/", self._lookup(block, ""))
        assert block.static_asset_path == ""
        return text.replace("/static/", f"/asset-v1:{block.scope_ids.usage_id.context_key}+type@asset+block@")


# -- courses -----------------------------------------------------------------------------------------------------------

LMS = by_name("""request_cache fs mako verification proctoring milestones credit bookmarks gating grade_utils user_state
    content_type_gating cache sandbox rebind_user completion i18n library_tools partitions settings user_tags teams
    teams_configuration call_to_action publish enrollments""")


class CourseRuntime(Watched, double.LmsRuntime):
    """A learner's request in the LMS (lms.djangoapps.courseware.block_render, ``prepare_runtime_for_user``)."""

    def __init__(self, site, user):
        self.site = site
        visitor = {} if user.is_authenticated else {"completion": None}
        super().__init__(user, site.content, services={**LMS, **visitor, "replace_urls": ReplaceURLService},
                         mixins=(CourseMixin,))

    def publish(self, block, event_type, event_data):
        """The service that publishes asks the block's runtime for another one (xmodule.services)."""
        self.service(block, "completion")
        super().publish(block, event_type, event_data)


class Authored(double.Store):
    """A course's content where no learner is: learners' fields have their defaults and cannot be written
    (xmodule.modulestore.split_mongo, ``SplitMongoKVS``).
    """

    def has(self, key):
        return key.scope in AUTHORED and super().has(key)

    def get(self, key):
        if key.scope not in AUTHORED:
            raise InvalidScopeError(key, AUTHORED)
        return super().get(key)

    def _write(self, key, fields):
        if key.scope not in AUTHORED:
            raise InvalidScopeError(key, AUTHORED)
        super()._write(key, fields)


class StoreRuntime(Watched, Runtime):
    """A block as the modulestore gives it, of nobody: so the grades transformer, the transformers of the block
    structure, reports and search meet it. Its services are those of xmodule.modulestore.django.
    """

    key = None

    def __init__(self, site, services=()):
        self.site = site
        super().__init__(id_reader=None, id_generator=None, mixins=(CourseMixin,), services={
            **by_name("i18n fs partitions request_cache"), "field-data": KvsFieldData(Authored(site.content)),
            **dict(services)})

    def get_block(self, usage_id, for_parent=None):
        return self.construct_xblock(
            usage_id.block_type, ScopeIds(self.key, usage_id.block_type, usage_id, usage_id))


class StudioPermissionsService:
    """cms.djangoapps.contentstore.utils."""

    def __init__(self, user):
        self._user = user

    def can_read(self, course_key):
        return True

    def can_write(self, course_key):
        assert course_key.is_course
        return "staff" in double.roles(self._user, course_key)


class StudioRuntime(StoreRuntime):
    """The form in Studio and its requests: still the block of nobody, with services that know who asks
    (cms.djangoapps.contentstore.utils, ``load_services_for_studio``; views.component, ``component_handler``, which
    lets everybody with an account in).
    """

    def __init__(self, site, user, services=()):
        super().__init__(site, {
            "user": double.DjangoXBlockUserService(user), "studio_user_permissions": StudioPermissionsService(user),
            **by_name("mako settings lti-configuration teams_configuration library_tools"), **dict(services)})


class StudioAfterPreviewRuntime(StudioRuntime):
    """The same where Studio has shown a preview before: the table of services and the runtime are shared."""

    is_author_mode = True

    def __init__(self, site, user):
        super().__init__(site, user, {**by_name("sandbox cache"), "replace_urls": ReplaceURLService})


class PreviewRuntime(StoreRuntime):
    """A unit in Studio (cms.djangoapps.contentstore.views.preview): whoever has an account is "staff" or "instructor"
    and has the same anonymous id; what a learner would leave stays in the session; nothing is published.
    """

    is_author_mode = True

    def __init__(self, site, user):
        super().__init__(site, {
            "user": double.DjangoXBlockUserService(user, "student", user_role="staff"),
            "studio_user_permissions": StudioPermissionsService(user), "replace_urls": ReplaceURLService,
            **by_name("mako settings teams_configuration sandbox cache"),
            "field-data": SplitFieldData({
                **dict.fromkeys(AUTHORED, KvsFieldData(Authored(site.content))),
                **dict.fromkeys(LEARNERS, KvsFieldData(Session(site, user.id)))})})
        self.key = user.id


class Session(KeyValueStore):
    """Learners' fields in a session or a cache (contentstore.views.session_kv_store; xblock.runtime
    ``EphemeralKeyValueStore``).
    """

    def __init__(self, site, key):
        self._kept = site.sessions.setdefault(key, {})

    def get(self, key):
        return self._kept[key]

    def set(self, key, value):
        self._kept[key] = value

    def delete(self, key):
        del self._kept[key]

    def has(self, key):
        return key in self._kept


# -- content libraries -------------------------------------------------------------------------------------------------

LIBRARY = LibraryLocatorV2("MigrEmpower", "kitchen")


def in_library(block_type):
    return LibraryUsageLocatorV2(LIBRARY, block_type, "tea")


class Version(Enum):
    """openedx.core.djangoapps.xblock.data, ``LatestVersion``."""

    DRAFT = "draft"
    PUBLISHED = "published"


class LibraryFieldData(FieldData):
    """Authored fields only (``LearningCoreFieldData`` in learning_core_runtime.py)."""

    def __init__(self):
        self.kept, self.changed = {}, set()

    @staticmethod
    def _checked(block, name):
        if block.fields[name].scope not in AUTHORED:
            raise NotImplementedError(f"The scope of {name} is not kept in a library.")
        return block.scope_ids.usage_id, name

    def get(self, block, name):
        return self.kept[self._checked(block, name)]

    def set(self, block, name, value):
        place = self._checked(block, name)
        if place not in self.kept or self.kept[place] != value:
            self.kept[place] = value
            self.changed.add(place[0])

    def delete(self, block, name):
        place = self._checked(block, name)
        del self.kept[place]
        self.changed.add(place[0])


class LibraryRuntime(Watched, Runtime):
    """A content library in the LMS (published, learners' fields kept) or in Studio (draft, fields in the session):
    openedx.core.djangoapps.xblock.runtime, runtime.py and learning_core_runtime.py.
    """

    def __init__(self, site, user, version):
        self.site, self.user, self._version = site, user, version
        self.key = user and (user.id if user.is_authenticated else "anon42")
        self._authored, self._active = LibraryFieldData(), None
        if user is None:
            learners = None
        elif user.is_authenticated and version is Version.PUBLISHED:
            learners = KvsFieldData(double.Store(site.content))
        else:
            learners = KvsFieldData(Session(site, self.key))
        super().__init__(id_reader=None, id_generator=MemoryIdManager(), mixins=(LibraryMixin,), services={
            **by_name("completion mako i18n sandbox cache rebind_user publish enrollments error_tracker"),
            "field-data": SplitFieldData({**dict.fromkeys(AUTHORED, self._authored),
                                          **dict.fromkeys(LEARNERS, learners)}),
            "user": self._user_service, "replace_urls": self._urls})

    def _user_service(self, block):
        """It cannot be made without a user, nor outside of a view or handler, where no block is active
        (``XBlockRuntime.service``, ``RuntimeShim.anonymous_student_id``).
        """
        if self.user is None:
            raise RuntimeError("Cannot access user service when there is no user bound to the XBlock.")
        anonymous_id = self.key if self.user.is_anonymous else double.anonymous_id_for_user(
            self.user, self._active.scope_ids.usage_id.context_key)
        return double.DjangoXBlockUserService(self.user, anonymous_id, user_is_staff=self.user.is_staff)

    def _urls(self, block):
        return ReplaceURLService(xblock=block, lookup_asset_url=self._asset)

    @staticmethod
    def _asset(block, path):
        return f"https://library.example.org/{path}"

    def get_block(self, usage_id, for_parent=None):
        """A block is read from its OLX each time."""
        cls = self.mixologist.mix(self.load_block_type(usage_id.block_type))
        keys = ScopeIds(self.key, usage_id.block_type, None, usage_id)
        block = cls.parse_xml(etree.fromstring(self.site.library[usage_id]), runtime=self, keys=keys)
        block._runtime_requested_version = self._version
        block.force_save_fields(block._get_fields_to_save())
        self._authored.changed.discard(usage_id)
        return block

    def save_block(self, block):
        usage_id = block.scope_ids.usage_id
        if usage_id not in self._authored.changed:
            return
        if block._runtime_requested_version is not Version.DRAFT:
            raise ValidationError("Do not make changes to a component starting from the published or past versions.")
        if self.user is not None and self.user.id not in self.site.library_authors:
            raise RuntimeError("You do not have permission to edit this XBlock")
        node = etree.Element("unknown")
        block.add_xml_to_node(node)
        self.site.library[usage_id] = etree.tostring(node, encoding="unicode")
        self._authored.changed.discard(usage_id)

    def render(self, block, view_name, context=None):
        """A visitor is shown the public view only."""
        if (self.user is None or self.user.is_anonymous) and view_name != "public_view":
            raise PermissionDenied
        with self._at(block):
            fragment = super().render(block, view_name, context)
        fragment.content = self._urls(block).replace_urls(fragment.content)
        return fragment

    def handle(self, block, handler_name, request, suffix=""):
        """A visitor may call every handler."""
        with self._at(block):
            return super().handle(block, handler_name, request, suffix)

    @contextmanager
    def _at(self, block):
        self._active = block
        try:
            yield
        finally:
            self._active = None

    def handler_url(self, block, handler_name, suffix="", query="", thirdparty=False):
        """The address holds a token of its user (openedx.core.djangoapps.xblock.api, ``get_handler_url``)."""
        if not self.user:
            raise TypeError("Cannot get handler URLs without specifying a specific user ID.")
        return f"https://lms.example.org/handler/{self.key}-{super().handler_url(block, handler_name, suffix)}"

    def local_resource_url(self, block, uri):
        return f"https://lms.example.org/static/{uri}"


class ContentLibraries:
    """The libraries of a site (openedx.core.djangoapps.content_libraries.models): there is one."""

    def __init__(self, site):
        self._site = site

    def get_by_key(self, key):
        assert key == LIBRARY
        return self._site


class LibraryRules:
    """What users may in a library, as one of the ways Django asks it (content_libraries.permissions)."""

    EDIT = "content_libraries.edit_library_content"

    def has_perm(self, user, permission, obj=None):
        return permission == self.EDIT and user.id in obj.library_authors


# -- xblock-sdk --------------------------------------------------------------------------------------------------------

SCENARIO, SDKS_LEARNER = "contract", "someone"


class SdkRuntime(Watched, WorkbenchRuntime):
    """xblock-sdk's own. It gives every block a due date, now, before a view or a handler."""

    handler_url, local_resource_url, resource_url = (
        WorkbenchRuntime.handler_url, WorkbenchRuntime.local_resource_url, WorkbenchRuntime.resource_url)

    def __init__(self, site, key):
        self.site = site
        super().__init__(key)


# -- all together ------------------------------------------------------------------------------------------------------

@cache
def authored(olx):
    """Return (type, the fields of a course's content) of a block's OLX, read once."""
    reading, node = SimpleNamespace(content={}, takes=lambda *_: False), etree.fromstring(olx)
    runtime, key = StoreRuntime(reading), double.usage("tea", node.tag)
    cls = runtime.mixologist.mix(runtime.load_block_type(node.tag))
    cls.parse_xml(node, runtime=runtime, keys=ScopeIds(None, node.tag, key, key)).save()
    return node.tag, reading.content[None, key]


class Modulestore:
    """The course's blocks, of nobody (xmodule.modulestore.django)."""

    def __init__(self, site):
        self._site = site

    def bulk_operations(self, key):
        return nullcontext()

    def get_items(self, key, qualifiers, include_orphans=True):
        return [StoreRuntime(self._site).get_block(each) for user, each in list(self._site.content)
                if user is None and getattr(each, "block_type", "") == qualifiers["category"]]


def has_access(user, action, what, course_key=None):
    """lms.djangoapps.courseware.access: everybody may load the course, which is open."""
    return action == "load" or action in double.roles(user, course_key or what)


class Site(double.Lms):
    """A site with a course and a library that hold one block of each type, and people; and what has been noted.

    ``published`` are the events, ``taken`` the names of services that are not offered, though a block wants them.
    """

    def __init__(self):
        super().__init__()
        self.published, self.taken, self.sessions, self.library_authors = [], (), {}, set()
        self.library, self._people, self._sdks = {}, {}, {}
        for olx in OLX:
            self.put(olx)
        self._is_sdk = False
        self._modules |= {
            "xmodule.modulestore.django": SimpleNamespace(modulestore=lambda: Modulestore(self)),
            "lms.djangoapps.courseware.access": SimpleNamespace(has_access=has_access),
            "common.djangoapps.static_replace.services": SimpleNamespace(ReplaceURLService=ReplaceURLService),
            "openedx.core.djangoapps.content_libraries.permissions": SimpleNamespace(
                CAN_EDIT_THIS_CONTENT_LIBRARY=LibraryRules.EDIT),
            "openedx.core.djangoapps.content_libraries.models": SimpleNamespace(
                ContentLibrary=SimpleNamespace(objects=ContentLibraries(self))),
        }

    def imported(self, name):
        """Stand in for ``platform.imported``; xblock-sdk has nothing of the platform."""
        return None if self._is_sdk else super().imported(name)

    def takes(self, block, service_name):
        return service_name in self.taken and block.service_declaration(service_name) == "want"

    # -- what is there

    def put(self, olx):
        """Put a block into the course, the library and xblock-sdk, in place of the one of its type."""
        block_type, fields = authored(olx)
        self.content[None, double.usage("tea", block_type)] = deepcopy(fields)
        self.library[in_library(block_type)] = olx

    def state(self):
        """Return all that is kept anywhere, and how much was published."""
        kept = [list(model.objects.order_by("pk").values_list()) for model in (
            StudentItem, Submission, double.models.StudentModule, ReportJob)]
        # xblock-sdk makes an empty row of what it reads.
        kept.append(list(XBlockState.objects.filter(Q(scenario=SCENARIO) | Q(user_id=SDKS_LEARNER)).exclude(
            state="{}").order_by("pk").values_list("scope", "scope_id", "user_id", "state")))
        memory = [{key: dict(fields) for key, fields in each.items() if fields} for each in (
            self.content, self.sessions)]
        return kept, deepcopy(memory), dict(self.library), len(self.published)

    # -- people and their requests

    def person(self, name):
        """Return a user by what they are: a key of ``make``; None is nobody."""
        make = {
            "visitor": AnonymousUser,
            "stranger": lambda: self.add_user("stranger", enrolled=None),
            "learner": lambda: self.add_user("learner"),
            "beta tester": lambda: self.add_role(self.add_user("beta"), "beta_testers"),
            "staff": lambda: self.add_role(self.add_user("staff"), "staff"),
            "instructor": lambda: self.add_role(self.add_user("instructor"), "instructor"),
            "author": lambda: self._library_author(self.add_role(self.add_user("author"), "staff")),
            "reader": lambda: self.add_user("reader", enrolled=None),
            "site's staff": lambda: self.add_user("admin", enrolled=None, is_staff=True),
            "nobody": lambda: None,
        }
        if name not in self._people:
            self._people[name] = make[name]()
        return self._people[name]

    def _library_author(self, user):
        self.library_authors.add(user.id)
        return user

    def runtime(self, user):
        return CourseRuntime(self, user)

    def open(self, place, name, block_type):
        """Return a block as a new request of a person has it at a place."""
        self.user = user = self.person(name)
        course = double.usage("tea", block_type)
        self._is_sdk = place == "workbench"
        if place == "workbench":
            return SdkRuntime(self, user and SDKS_LEARNER).get_block(self._in_sdk(block_type))
        if place.startswith("library"):
            version = Version.DRAFT if place == "library in Studio" else Version.PUBLISHED
            return LibraryRuntime(self, user, version).get_block(in_library(block_type))
        if user is None:
            return StoreRuntime(self).get_block(course)
        runtimes = {"course": CourseRuntime, "Studio": StudioRuntime, "preview": PreviewRuntime,
                    "Studio after a preview": StudioAfterPreviewRuntime}
        return runtimes[place](self, user).get_block(course)

    def _in_sdk(self, block_type):
        """Return xblock-sdk's id of a block, which comes into its store when it is first asked for."""
        if block_type not in self._sdks:
            ID_MANAGER.set_scenario(SCENARIO)
            self._sdks[block_type] = SdkRuntime(self, None).parse_xml_string(self.library[in_library(block_type)])
        return self._sdks[block_type]
