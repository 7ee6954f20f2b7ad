"""manage.py seed: make the sample learners and the cohort, if there are none yet."""

from django.core.management.base import BaseCommand

from host import sample


class Command(BaseCommand):
    """Seed the sample course."""

    help = "Make the rounds and runs of the sample learners and the cohort, if there are none yet."

    def add_arguments(self, parser):
        """Add --reset and --without-cohort."""
        parser.add_argument("--reset", action="store_true", help="Delete everything first.")
        parser.add_argument("--without-cohort", action="store_true", help="Make the named learners only.")

    def handle(self, *args, **options):
        """Seed or reset."""
        make = sample.reset if options["reset"] else sample.seed
        make(cohort=not options["without_cohort"])
