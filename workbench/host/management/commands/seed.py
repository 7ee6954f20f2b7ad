"""manage.py seed: make the sample learners, if there are none yet."""

from django.core.management.base import BaseCommand

from host import sample


class Command(BaseCommand):
    """Seed the sample course."""

    help = "Make the sample learners' rounds, if there are none yet; --reset deletes everything first."

    def add_arguments(self, parser):
        """Add --reset."""
        parser.add_argument("--reset", action="store_true")

    def handle(self, *args, **options):
        """Seed or reset."""
        sample.reset() if options["reset"] else sample.seed()
