"""The tables of jobs."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import migrempower_xblock.models


class Migration(migrations.Migration):
    """Make them."""

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ReportJob",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=64)),
                ("course", models.CharField(max_length=255)),
                ("task", models.TextField()),
                ("by", models.CharField(max_length=255)),
                ("state", models.CharField(max_length=16)),
                ("active_key", models.CharField(max_length=64, null=True, unique=True)),
                ("created", models.DateTimeField()),
                ("changed", models.DateTimeField(db_index=True)),
                ("taken_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                ("name", models.CharField(max_length=255)),
                ("media_type", models.CharField(max_length=127)),
                ("folder", models.CharField(default=migrempower_xblock.models.unguessable, max_length=64)),
                ("file", models.CharField(default="", max_length=255)),
                ("error", models.CharField(default="", max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name="ReportPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("after", models.CharField(max_length=255)),
                ("upto", models.CharField(max_length=255, null=True)),
                ("state", models.CharField(max_length=16)),
                ("taken_at", models.DateTimeField(null=True)),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("file", models.CharField(default="", max_length=255)),
                ("job", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="parts",
                                          to="migrempower_xblock.reportjob")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("job", "number"), name="migrempower_part_number")],
            },
        ),
    ]
