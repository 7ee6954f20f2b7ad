"""Who can be tried: sample learners, a trainer, an author and a visitor. The names are invented."""

import hashlib
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation


@dataclass(frozen=True)
class Person:
    """Somebody of the sample course. ``role`` is learner, trainer, author or visitor."""

    key: str
    name: str
    role: str
    language: str = "en"

    @property
    def anonymous_id(self):
        """The id the blocks see."""
        return hashlib.md5(self.key.encode(), usedforsecurity=False).hexdigest()

    @property
    def is_staff(self):
        """Whether the person may see the trainers' pages."""
        return self.role in ("trainer", "author")

    def attributes(self, language):
        """Return the attributes the LMS's user service gives."""
        if self.role == "visitor":
            return {"edx-platform.is_authenticated": False}
        return {
            "edx-platform.is_authenticated": True,
            "edx-platform.anonymous_user_id": self.anonymous_id,
            "edx-platform.user_id": PEOPLE_KEYS.index(self.key) + 1,
            "edx-platform.username": self.key,
            "edx-platform.user_is_staff": self.is_staff,
            "edx-platform.user_role": {"trainer": "staff", "author": "instructor"}.get(self.role, "student"),
            "edx-platform.user_preferences": {"pref-lang": language},
        }


PEOPLE = [
    Person("amira", "Amira", "learner", "ar"),
    Person("yusuf", "Yusuf", "learner", "ar"),
    Person("lucia", "Lucía", "learner", "es"),
    Person("mateo", "Mateo", "learner", "es"),
    Person("grace", "Grace", "learner", "en"),
    Person("samuel", "Samuel", "learner", "en"),
    Person("layla", "Layla", "learner", "ar"),
    Person("omar", "Omar", "learner", "ar"),
    Person("ines", "Inés", "learner", "es"),
    Person("daniel", "Daniel", "learner", "en"),
    Person("noor", "Noor", "learner", "ar"),
    Person("tomas", "Tomás", "learner", "es"),
    Person("new", "New learner", "learner", "en"),
    Person("trainer", "Trainer", "trainer"),
    Person("author", "Course author", "author"),
    Person("visitor", "Visitor, not logged in", "visitor"),
]
PEOPLE_KEYS = [person.key for person in PEOPLE]
LEARNERS = [person for person in PEOPLE if person.role == "learner"]
BY_KEY = {person.key: person for person in PEOPLE}


class PersonMiddleware:
    """Put ``person`` and ``person_language`` on the request: the address's ``?student=``, else the cookie's."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        key = request.GET.get("student") or request.COOKIES.get("person")
        request.person = BY_KEY.get(key, PEOPLE[0])
        chosen = request.COOKIES.get("language")
        offered = [tag for tag, _ in settings.LANGUAGES]
        request.person_language = chosen if chosen in offered else request.person.language
        with translation.override(request.person_language):
            return self.get_response(request)
