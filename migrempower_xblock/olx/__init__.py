"""Documents as OLX (the XML of Open edX): in, with errors that name the line; and out."""

from .framework import FRAMEWORK_OLX
from .mapping import InvalidOlx, stray_text
from .presets import framework_names, preset_framework
from .scales import scale_names, shipped_scale

__all__ = [
    "FRAMEWORK_OLX",
    "InvalidOlx",
    "framework_names",
    "preset_framework",
    "scale_names",
    "shipped_scale",
    "stray_text",
]
