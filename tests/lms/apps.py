from django.apps import AppConfig


class LmsConfig(AppConfig):
    name = "tests.lms"
    label = "lms_double"
    default_auto_field = "django.db.models.AutoField"
