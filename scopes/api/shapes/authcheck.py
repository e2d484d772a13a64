"""Requests to `/authcheck`."""

from coderauth.http.body import Flag, Json, RequestBody, Text


class AuthCheckObject(RequestBody):
    resource_type = Text(required=True)
    owner_id = Text(help_text="A user id, or `me`.")
    organization_id = Text()
    resource_id = Text(help_text="Judge the stored object; at most ten checks may use it.")
    any_org = Flag(help_text="In any organization of the caller.")


class AuthCheckItem(RequestBody):
    object = Json(required=True, help_text="The object: see AuthCheckObject.")
    action = Text(required=True)


class AuthCheckRequest(RequestBody):
    checks = Json(required=True, help_text="Checks by name; the answers have the same names.")

    example = {
        "checks": {
            "read": {"object": {"resource_type": "workspace", "owner_id": "me"}, "action": "read"},
            "stop": {"object": {"resource_type": "workspace", "owner_id": "me"}, "action": "stop"},
        }
    }
