"""``./manage.py lms migrempower_retire``: a person leaves for good (docs/privacy.rst)."""

from django.core.management.base import BaseCommand, CommandError

from ...platform import accounts
from ...retirement import Person, retire


class Command(BaseCommand):
    """Remove or pseudonymise one person's records; print ids and counts only."""

    help = ("Removes what the MigrEmpower blocks keep about one person, in all courses: records handed in, answers in "
            "progress, reports they asked for; and their id from what they recorded about others.")

    def add_arguments(self, parser):
        parser.add_argument("username", nargs="?", help="the person's account in the LMS, as it is called now")
        parser.add_argument("--learner", action="append", default=[], metavar="ID",
                            help="where the account is gone: an anonymous id of theirs; may be given several times")
        parser.add_argument("--course", default="", metavar="ID", help="only in this course")
        parser.add_argument("--pseudonymise", action="store_true",
                            help="keep what they handed in for statistics, without words, under a new random id")
        parser.add_argument("--files", action="store_true",
                            help="delete all reports of the courses concerned too, whoever asked for them")
        parser.add_argument("--dry-run", action="store_true", help="say what would go and change nothing")

    def handle(self, username=None, **options):
        person = self._person(username, options["learner"])
        modes = {name: options[name] for name in ("course", "pseudonymise", "files", "dry_run")}
        total = 0
        for gone in retire(person, **modes):
            total += gone.rows.total()
            if gone.rows.total():
                counts = ", ".join(f"{kind} {number}" for kind, number in sorted(gone.rows.items()) if number)
                self.stdout.write(f"{gone.course or 'all courses'}: {counts}")
            if gone.rows.total() and gone.left:
                self.stdout.write(f"{gone.course}: {gone.left} finished report(s) may tell of this person. "
                                  "Delete all of them with --files.")
        done = "pseudonymised or removed" if options["pseudonymise"] else "removed"
        if not total:
            self.stdout.write("Nothing is kept of this person" + (" in this course." if options["course"] else "."))
        elif options["dry_run"]:
            self.stdout.write(f"{total} row(s) would be {done}. Nothing was changed.")
        else:
            self.stdout.write(f"{total} row(s) {done}.")

    @staticmethod
    def _person(username, learners):
        if username and learners:
            raise CommandError("Give a username or --learner, not both.")
        if learners:
            if not all(each.strip() for each in learners):
                raise CommandError("--learner needs an anonymous id; this one is empty.")
            return Person.of_ids({each.strip() for each in learners})
        if not username:
            raise CommandError("Say whom: give a username, or --learner with an anonymous id.")
        if not accounts.are_known():
            raise CommandError("Usernames are known in the LMS only. Give the person's anonymous ids with --learner.")
        account = accounts.Account.named(username)
        if account is None:
            raise CommandError("There is no account with this username. The platform renames accounts it has retired: "
                               "give the new name, or the person's anonymous ids with --learner.")
        return Person.of_account(account)
