"""Documents as OLX (the XML of Open edX): in, with errors that name the line; and out."""

from .framework import framework_element, framework_from_element, framework_from_olx, framework_to_olx
from .mapping import InvalidOlx
from .presets import framework_names, preset_framework
from .scales import scale_names, shipped_scale

__all__ = [
    "InvalidOlx",
    "framework_element",
    "framework_from_element",
    "framework_from_olx",
    "framework_names",
    "framework_to_olx",
    "preset_framework",
    "scale_names",
    "shipped_scale",
]
