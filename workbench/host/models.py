"""The gradebook's one table."""

from django.db import models


class Grade(models.Model):
    """What a block has published about a learner.

    .. no_pii: sample learners only
    """

    learner = models.CharField(max_length=64)
    block = models.CharField(max_length=255)
    earned = models.FloatField(null=True)
    possible = models.FloatField(null=True)
    completion = models.FloatField(null=True)
    changed = models.DateTimeField(auto_now=True)

    class Meta:
        """One row for a learner at a block."""

        unique_together = [("learner", "block")]

    def percent(self):
        """Return the score in percent or None."""
        return round(100 * self.earned / self.possible) if self.possible else None

    def completion_percent(self):
        """Return the completion in percent or None."""
        return None if self.completion is None else round(100 * self.completion)
