"""The trainers' report in the LMS's instructor dashboard: a tab of the old and the new one, and its page."""
