"""Who can be tried: sample learners, trainers, an author, a visitor, somebody from another course. The names are
invented.
"""

import hashlib
import random
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation

# Groups of learners, by id.
GROUPS = {"evening": "Evening group", "morning": "Morning group", "online": "Online group"}


@dataclass(frozen=True)
class Person:
    """Somebody to be tried. ``role`` is learner, trainer, author, visitor or elsewhere; ``group`` one of ``GROUPS``
    or "".
    """

    key: str
    name: str
    role: str
    language: str = "en"
    group: str = ""

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
            "edx-platform.user_id": USER_IDS[self.key],
            "edx-platform.username": self.key,
            "edx-platform.user_is_staff": self.is_staff,
            # Who teaches another course is nobody special in this one.
            "edx-platform.user_role": {"trainer": "staff", "author": "instructor"}.get(self.role, "student"),
            "edx-platform.user_preferences": {"pref-lang": language},
        }


PEOPLE = [
    Person("amira", "Amira", "learner", "ar", "morning"),
    Person("yusuf", "Yusuf", "learner", "ar", "morning"),
    Person("lucia", "Lucía", "learner", "es", "evening"),
    Person("mateo", "Mateo", "learner", "es", "evening"),
    Person("grace", "Grace", "learner", "en", "online"),
    Person("samuel", "Samuel", "learner", "en", "online"),
    Person("layla", "Layla", "learner", "ar"),
    Person("omar", "Omar", "learner", "ar"),
    Person("ines", "Inés", "learner", "es"),
    Person("daniel", "Daniel", "learner", "en"),
    Person("noor", "Noor", "learner", "ar"),
    Person("tomas", "Tomás", "learner", "es"),
    Person("new", "New learner", "learner", "en"),
    Person("trainer", "Trainer", "trainer"),
    Person("colleague", "Second trainer", "trainer"),
    Person("author", "Course author", "author"),
    Person("elsewhere", "Trainer of another course", "elsewhere"),
    Person("visitor", "Visitor, not logged in", "visitor"),
]
LEARNERS = [person for person in PEOPLE if person.role == "learner"]
BY_KEY = {person.key: person for person in PEOPLE}

# How many learners the course has: those above and a cohort.
ALL_LEARNERS = 200
# First names by the language their owner reads best of those the course has.
FIRST_NAMES = {
    "ar": "Adel Anwar Bilal Dalia Farah Faris Ghada Hanan Hassan Huda Idris Imad Jamal Karim Khaled Lina Maryam Munir "
          "Nabil Nadia Rania Rashid Rim Salma Samira Sawsan Tarek Wafa Walid Yasmin Zainab Ziad",
    "es": "Álvaro Andrés Beatriz Camila Dayana Diego Emilio Fabián Gonzalo Graciela Hernán Itzel Iván Javier Joaquín "
          "Lorena Marisol Nelson Noemí Óscar Paola Pilar Raúl Rocío Rubén Sergio Silvia Valeria Wilmer Ximena Yolanda "
          "Yuleisy",
    "en": "Abdi Aïcha Arjun Ayesha Blessing Bohdan Chiamaka Dawit Elif Emre Ewa Farhad Fatoumata Giorgi Imran Ioana "
          "Jovana Kwame Luka Mei Minh Nilufar Nino Oksana Ousmane Priya Radu Rustam Sékou Selam Shirin Taras Tenzin "
          "Thuy",
}
INITIALS = "ABCDEFGHJKLMNOPRSTVYZ"


def _cohort(size):
    names = [(name, language) for language, names in FIRST_NAMES.items() for name in names.split()]
    random.Random("cohort").shuffle(names)
    groups = list(GROUPS)
    found = []
    for number in range(size):
        turn, place = divmod(number, len(names))
        name, language = names[place]
        initial = INITIALS[(5 * place + turn) % len(INITIALS)]  # who has the same first name has another initial
        found.append(Person(f"learner-{number + 1:03}", f"{name} {initial}.", "learner", language,
                            groups[number % len(groups)]))
    return found


COHORT = _cohort(ALL_LEARNERS - len(LEARNERS))
ENROLLED = [*LEARNERS, *COHORT]
EVERYBODY = {person.key: person for person in (*PEOPLE, *COHORT)}
USER_IDS = {key: number for number, key in enumerate(EVERYBODY, 1)}


class PersonMiddleware:
    """Put ``person`` and ``person_language`` on the request: the address's ``?student=``, else the cookie's."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        key = request.GET.get("student") or request.COOKIES.get("person")
        request.person = EVERYBODY.get(key, PEOPLE[0])
        chosen = request.COOKIES.get("language")
        offered = [tag for tag, _ in settings.LANGUAGES]
        request.person_language = chosen if chosen in offered else request.person.language
        with translation.override(request.person_language):
            return self.get_response(request)
