"""As a site has a number of workers: so many requests are answered at once, and the others wait in turn.

Django's server gives each request a thread of its own. Two hundred of them at SQLite, which lets one write and has no
queue, would keep some waiting until they fail.
"""

import threading

AT_ONCE = 8


class TurnsMiddleware:
    """Answer ``AT_ONCE`` requests, and then those that came first."""

    def __init__(self, get_response):
        self.get_response, self.turns = get_response, threading.Semaphore(AT_ONCE)

    def __call__(self, request):
        with self.turns:
            return self.get_response(request)
