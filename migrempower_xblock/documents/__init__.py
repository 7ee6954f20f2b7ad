"""The learner's own document, the competence passport: one model, written as PDF, DOCX, JSON and ELM (JSON-LD)."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: what it is called on the way, and ``"module:function"`` that writes a ``Document`` to bytes."""

    media_type: str
    extension: str
    writer: str

    @property
    def write(self) -> Callable[..., bytes]:
        """Return the function; its libraries are large and loaded when a file is asked for."""
        module, function = self.writer.split(":")
        return getattr(import_module(f".{module}", __package__), function)


FORMATS = {
    "pdf": Format("application/pdf", "pdf", "pdf:to_pdf"),
    "docx": Format("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", "docx:to_docx"),
    "json": Format("application/json", "json", "data:to_json"),
    "elm": Format("application/ld+json", "jsonld", "elm:to_elm"),
}
