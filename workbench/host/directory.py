"""What the LMS knows of a course's people, answered for the sample course (``MIGREMPOWER_DIRECTORY``)."""

import json

from django.db.models import Count
from workbench.models import XBlockState

from migrempower_xblock.platform.directory import Directory, Learner

from .people import ENROLLED, GROUPS, PEOPLE
from .runtime import COURSE_ID


class SampleDirectory(Directory):
    """The learners of the sample course; any other course has none. No place for reports of the platform's own."""

    def __init__(self, course):
        super().__init__(course)
        here = course == COURSE_ID
        self._enrolled = sorted(ENROLLED, key=lambda person: person.key) if here else []
        self._staff = [person for person in PEOPLE if person.is_staff] if here else []
        self._groups = sorted(GROUPS.items(), key=lambda group: group[1]) if here else []

    def _of(self, group):
        return [person for person in self._enrolled if group in ("", person.group)]

    def count(self, group=""):
        """Return how many learners take part."""
        return len(self._of(group))

    def page(self, after="", size=200, group=""):
        """Return up to ``size`` learners in the order of their usernames, those after ``after``."""
        return [_learner(person) for person in self._of(group) if person.key > after][:size]

    def find(self, learner):
        """Return the ``Learner`` with an anonymous id, or None."""
        return next((_learner(person) for person in self._enrolled if person.anonymous_id == learner), None)

    def names(self, ids):
        """Return ``{anonymous id: (username, name)}`` for those of ``ids`` that are known, staff included."""
        wanted = set(ids)
        return {person.anonymous_id: (person.key, person.name) for person in (*self._enrolled, *self._staff)
                if person.anonymous_id in wanted}

    def groups(self):
        """Return [(id, name), …]."""
        return list(self._groups)

    def members(self, group):
        """Return the anonymous ids of a group's learners."""
        return {person.anonymous_id for person in self._enrolled if person.group == group}

    def staff(self):
        """Return the anonymous ids of trainers and author."""
        return {person.anonymous_id for person in self._staff}

    def _states(self, blocks, ids):
        return XBlockState.objects.filter(scope="usage", scope_id__in=list(blocks), user_id__in=list(ids))

    def states(self, learners, blocks):
        """Return ``{(learner's key, block): fields}`` of the states in progress of a page of learners."""
        keys = {each.id: each.key for each in learners}
        rows = self._states(blocks, keys).values_list("user_id", "scope_id", "state")
        return {(keys[learner], block): json.loads(state) for learner, block, state in rows}

    def begun(self, blocks, group=""):
        """Return ``{block: learners}``: how many have a state at each block."""
        rows = self._states(blocks, [person.anonymous_id for person in self._of(group)]).exclude(state="{}")
        return dict(rows.values_list("scope_id").annotate(Count("user_id")).order_by())


def _learner(person):
    return Learner(person.key, person.key, person.name, person.anonymous_id)
