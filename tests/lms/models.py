"""Tables as the LMS has them: the fields that are asked, their keys, defaults and orders."""

from django.contrib.auth.models import User
from django.db import models
from opaque_keys.edx.django.models import CourseKeyField, LearningContextKeyField, UsageKeyField


class CourseOverview(models.Model):
    id = CourseKeyField(max_length=255, primary_key=True)


class UserProfile(models.Model):
    user = models.OneToOneField(User, unique=True, related_name="profile", on_delete=models.CASCADE)
    name = models.CharField(blank=True, max_length=255, db_index=True)


class CourseEnrollment(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    course = models.ForeignKey(CourseOverview, db_constraint=False, on_delete=models.DO_NOTHING)
    is_active = models.BooleanField(default=True)

    class Meta:
        unique_together = (("user", "course"),)
        ordering = ("user", "course")


class CourseAccessRole(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    org = models.CharField(max_length=64, db_index=True, blank=True)
    course_id = CourseKeyField(max_length=255, db_index=True, blank=True)
    role = models.CharField(max_length=64, db_index=True)

    class Meta:
        unique_together = ("user", "org", "course_id", "role")


class AnonymousUserId(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    anonymous_user_id = models.CharField(unique=True, max_length=32)
    course_id = LearningContextKeyField(max_length=255, db_index=True, blank=True)


class CourseUserGroup(models.Model):
    name = models.CharField(max_length=255)
    users = models.ManyToManyField(User, related_name="course_groups")
    course_id = CourseKeyField(max_length=255, db_index=True)
    group_type = models.CharField(max_length=20)

    class Meta:
        unique_together = (("name", "course_id"),)


class CohortMembership(models.Model):
    course_user_group = models.ForeignKey(CourseUserGroup, on_delete=models.CASCADE)
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    course_id = CourseKeyField(max_length=255)

    class Meta:
        unique_together = (("user", "course_id"),)


class StudentModule(models.Model):
    module_state_key = UsageKeyField(max_length=255, db_column="module_id")
    student = models.ForeignKey(User, db_constraint=False, on_delete=models.CASCADE)
    course_id = LearningContextKeyField(max_length=255, db_index=True)
    state = models.TextField(null=True, blank=True)
    grade = models.FloatField(null=True, blank=True, db_index=True)
    max_grade = models.FloatField(null=True, blank=True)

    class Meta:
        unique_together = (("student", "module_state_key", "course_id"),)


class XModuleStudentInfoField(models.Model):
    field_name = models.CharField(max_length=64, db_index=True)
    value = models.TextField(default="null")
    student = models.ForeignKey(User, on_delete=models.CASCADE)

    class Meta:
        unique_together = (("student", "field_name"),)


TABLES = (CourseOverview, UserProfile, CourseEnrollment, CourseAccessRole, AnonymousUserId, CourseUserGroup,
          CohortMembership, StudentModule, XModuleStudentInfoField)
