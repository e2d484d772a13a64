"""Refusals of requests as such, whatever they ask for, of searches and of questions."""

from collections.abc import Mapping

from coderauth.refusals.spec import FORBIDDEN_DETAIL, ErrorSpec

REQUESTS: Mapping[str, ErrorSpec] = {
    # requests
    "invalid_json": ErrorSpec(400, "Request body must be valid JSON."),
    "validation_failed": ErrorSpec(400, "Validation failed."),
    "invalid_query": ErrorSpec(400, "Query parameters have invalid values."),
    "route_not_found": ErrorSpec(404, "Route not found."),
    "foreign_origin": ErrorSpec(
        403,
        "Requests from pages of other websites are refused.",
        "Send it from {url}, or with a key in a header and without the session cookie.",
    ),
    "not_found": ErrorSpec(404, "Resource not found or you do not have access to this resource"),
    "forbidden": ErrorSpec(403, "Forbidden.", FORBIDDEN_DETAIL),
    "internal": ErrorSpec(500, "An internal server error occurred."),
    # what the front door does not let in
    "request_malformed": ErrorSpec(400, "This is not a request of HTTP/1.1."),
    "request_timeout": ErrorSpec(408, "The request did not arrive in time."),
    "head_too_large": ErrorSpec(431, "The header fields of the request are too large."),
    "transfer_coding": ErrorSpec(501, "The only transfer coding of requests is chunked."),
    "http_version": ErrorSpec(505, "The server speaks HTTP/1.1."),
    "overloaded": ErrorSpec(503, "The server has too much to do. Please try again in a moment."),
    "rate_limited": ErrorSpec(
        429, "You've been rate limited for sending more than {limit} requests in 1m0s."
    ),
    "busy": ErrorSpec(
        503,
        "The server is busy checking passwords. Please try again in a moment.",
    ),
    "store_unavailable": ErrorSpec(
        503, "The database does not answer right now. Please try again in a moment."
    ),
    "bypass_refused": ErrorSpec(428, '"X-Coder-Bypass-Ratelimit" provided but user is not owner'),
    "limits_unavailable": ErrorSpec(
        503,
        "Sign-in limits cannot be checked right now. Please try again in a moment.",
    ),
    # audit
    "invalid_audit_search": ErrorSpec(400, "Invalid audit search query."),
    # authcheck
    "too_many_checks": ErrorSpec(
        400,
        "At most {maximum} checks can be asked in one request.",
        "The request has {found}; send them in several requests.",
    ),
    "too_many_resource_ids": ErrorSpec(
        400,
        'Endpoint only supports using "resource_id" field 10 times, found {found} usages. '
        "Remove {excess} objects with this field set.",
    ),
    "resource_type_missing": ErrorSpec(
        400, 'Object\'s "resource_type" field must be defined for key "{key}".'
    ),
    "resource_id_invalid": ErrorSpec(400, 'Object "{resource_id}" id is not a valid uuid.'),
    "resource_id_unsupported": ErrorSpec(
        400, 'Object type "{resource_type}" does not support "resource_id" field.'
    ),
    # proxies that ask
    "forward_denied": ErrorSpec(403, "Forbidden.", "This request needs {missing}."),
}
