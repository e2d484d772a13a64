"""Requests about notices."""

from coderauth.http.body import RequestBody, Texts


class NoticesPut(RequestBody):
    muted = Texts(help_text="The kinds that the person does not want; all others are sent.")

    example = {"muted": ["new_device"]}
