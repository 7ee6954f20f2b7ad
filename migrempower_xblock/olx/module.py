"""The module's OLX."""

from ..training.module import Module
from .mapping import DocumentFormat, element

MODULE_OLX = DocumentFormat(element("module", Module), Module)
