"""For ``tools/soak.py``: how many statements of SQL a request took, where MIGREMPOWER_COUNT_SQL is set."""

from django.db import connection


class CountingMiddleware:
    """Tell it in a header of the reply; what ends a transaction is not counted."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        statements = 0

        def counted(execute, *arguments):
            nonlocal statements
            statements += 1
            return execute(*arguments)

        with connection.execute_wrapper(counted):
            response = self.get_response(request)
        response["X-Statements"] = statements
        return response
