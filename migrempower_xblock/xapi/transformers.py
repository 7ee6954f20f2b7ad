"""Statements as event-routing-backends makes them: actor, course, time and id are the library's. Needs it."""

from event_routing_backends.processors.xapi import constants
from event_routing_backends.processors.xapi.registry import XApiTransformersRegistry
from event_routing_backends.processors.xapi.transformer import XApiTransformer
from tincan import Activity, ActivityDefinition, LanguageMap, Result, Verb

from . import COMPLETED, MY_DATA, SHARED, STATEMENTS, UNSHARED, VERBS


class MigrEmpowerTransformer(XApiTransformer):
    """Makes the statement of one event (a dict with ``name``, ``data``, ``context``, ``timestamp``)."""

    additional_fields = ("result",)

    def __init__(self, event):
        super().__init__(event)
        self.word, self.kind = STATEMENTS[event["name"]]
        if self.word == SHARED and not self.get_data("data.shared"):
            self.word = UNSHARED

    @property
    def _verb(self):
        return Verb(id=VERBS[self.word], display=LanguageMap({constants.EN: self.word}))

    def get_object(self):
        """Return the block as the platform's own statements call it, or the learner's data in it.

        Where nothing tells the block, the object has no id, and the library sends no such statement.
        """
        iri = self.get_object_iri("xblock", self.get_data("data.block") or self.get_data("context.module.usage_key"))
        if iri and self.kind == MY_DATA:
            iri += "/my-data"
        return Activity(id=iri, definition=ActivityDefinition(type=self.kind))

    def get_result(self):
        """Return that something is done, where it is; never a score."""
        return Result(completion=True) if self.word == COMPLETED else None

    def get_context_extensions(self):
        """Return the library's, and the number of the round or run where the event has one."""
        extensions = super().get_context_extensions()
        number = self.get_data("data.round") or self.get_data("data.run")
        if number:
            extensions[constants.XAPI_ACTIVITY_ATTEMPT] = number
        return extensions


for _name in STATEMENTS:
    XApiTransformersRegistry.register(_name)(MigrEmpowerTransformer)
