"""A person's account in the LMS: their anonymous ids, and what the LMS keeps of our blocks in their name."""

from functools import cached_property

from django.contrib.auth import get_user_model

from .. import platform

OURS = "migrempower_"  # types of blocks, and fields kept once for all blocks, begin so


def are_known():
    """Whether this is an LMS, or has its tables."""
    return None not in (platform.imported("lms.djangoapps.courseware.models"),
                        platform.imported("common.djangoapps.student.models"))


class Account:
    """An account of the LMS; ``key`` is the platform's own."""

    def __init__(self, key):
        self.key = key
        self._courseware = platform.imported("lms.djangoapps.courseware.models")
        self._student = platform.imported("common.djangoapps.student.models")

    @classmethod
    def named(cls, username):
        """Return the account with a username, or None. Where the database ignores case, we do not."""
        found = get_user_model().objects.filter(username=username).values_list("pk", "username")
        return next((cls(key) for key, name in found if name == username), None)

    @cached_property
    def _anonymous(self):
        return list(self._student.AnonymousUserId.objects.filter(user_id=self.key).values_list(
            "anonymous_user_id", "course_id"))

    @property
    def ids(self):
        """All anonymous ids the platform has ever kept for the account, in any course."""
        return frozenset(each for each, _ in self._anonymous)

    @property
    def courses(self):
        """The ids of the courses in which the account has an anonymous id, or a state at a block of ours."""
        return {str(course) for _, course in self._anonymous if course} | self._states.keys()

    @cached_property
    def _states(self):
        """The states at blocks of ours that hold anything, ``{course id: [row, …]}``."""
        found = {}
        rows = self._courseware.StudentModule.objects.filter(student_id=self.key).exclude(state=None).exclude(
            state="{}").values_list("pk", "course_id", "module_state_key")
        usage = platform.imported("opaque_keys.edx.keys").UsageKey
        for row, course, block in rows:
            if usage.from_string(str(block)).block_type.startswith(OURS):
                found.setdefault(str(course), []).append(row)
        return found

    def forget_states(self, course):
        """Empty the states at blocks of ours in a course; return how many. The platform's grades stay beside them."""
        return self._courseware.StudentModule.objects.filter(pk__in=self._states.get(course, ())).update(state="{}")

    def forget_choices(self):
        """Delete what is kept once for all blocks of ours, languages and country; return how many rows."""
        rows = self._courseware.XModuleStudentInfoField.objects.filter(
            student_id=self.key, field_name__startswith=OURS)
        return rows.delete()[0]
