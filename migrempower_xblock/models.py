"""The tables of jobs; ``jobs.py`` alone reads and writes them, and says what the states are."""

import secrets
import uuid

from django.db import models


def unguessable():
    """Return a name that nobody finds by trying."""
    return secrets.token_urlsafe(24)


class ReportJob(models.Model):
    """One report that is made or has been.

    ``active_key`` stands for course and kind while the job is under way, so that the database lets one in; ``taken_at``
    is when somebody began what is done once for a job, ``changed`` when anything about it was last taken up or done;
    ``total`` counts parts. ``folder`` holds all its files, ``file`` is the finished one.

    .. pii: the course's anonymous id of who asked, and of learners where the report is about some only
    .. pii_types: other
    .. pii_retirement: local_api
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=64)
    course = models.CharField(max_length=255)
    task = models.TextField()
    by = models.CharField(max_length=255)
    state = models.CharField(max_length=16)
    active_key = models.CharField(max_length=64, unique=True, null=True)
    created = models.DateTimeField()
    changed = models.DateTimeField(db_index=True)
    taken_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    name = models.CharField(max_length=255)
    media_type = models.CharField(max_length=127)
    folder = models.CharField(max_length=64, default=unguessable)
    file = models.CharField(max_length=255, default="")
    error = models.CharField(max_length=32, default="")

    def __str__(self):
        return str(self.id)


class ReportPart(models.Model):
    """A range of learners' ids of a job under way: above ``after`` and, unless it is None, not above ``upto``.

    Parts go with the end of their job.

    .. pii: the course's anonymous ids of the learners at both ends
    .. pii_types: other
    .. pii_retirement: local_api
    """

    job = models.ForeignKey(ReportJob, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    after = models.CharField(max_length=255)
    upto = models.CharField(max_length=255, null=True)
    state = models.CharField(max_length=16)
    taken_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    file = models.CharField(max_length=255, default="")

    class Meta:
        """Each number once a job."""

        constraints = [models.UniqueConstraint(fields=["job", "number"], name="migrempower_part_number")]

    def __str__(self):
        return f"{self.job_id}/{self.number}"
