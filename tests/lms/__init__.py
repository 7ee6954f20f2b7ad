"""A double of the part of the LMS that ``migrempower_xblock.platform`` asks, as an app for tests.

Models, fields and functions are named and behave as those of openedx-platform; keys are the real ones of opaque-keys.
"""
