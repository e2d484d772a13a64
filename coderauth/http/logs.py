"""Lines of the log know the request they are about."""

import logging

from coderauth.http.current import current_request
from coderauth.http.measuring import route_of


class OfRequest(logging.Filter):
    """Adds the id, the method and the route of the request that a thread answers.

    The route and not the path: nobody then writes something of theirs into that field.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        request = current_request.get()
        if request is not None:
            record.request_id = request.META.get("coderauth.request_id", "")
            record.method = request.method
            record.route = route_of(request)
        return True
