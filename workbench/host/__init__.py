"""A host for trying the blocks: thin pages on top of xblock-sdk's runtime."""

from .celery import app as celery_app

__all__ = ["celery_app"]
