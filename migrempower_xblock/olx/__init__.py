"""Documents as OLX (the XML of Open edX): in, with errors that name the line; and out."""

from .framework import FRAMEWORK_OLX
from .mapping import InvalidOlx, keep_words, stray_text
from .module import MODULE_OLX
from .presets import framework_names, module_names, preset_framework, preset_module
from .scales import scale_names, shipped_scale

__all__ = [
    "FRAMEWORK_OLX",
    "MODULE_OLX",
    "InvalidOlx",
    "framework_names",
    "keep_words",
    "module_names",
    "preset_framework",
    "preset_module",
    "scale_names",
    "shipped_scale",
    "stray_text",
]
