"""What goes over the pipe between the console and the phone's process: a JSON line a request, a JSON line a reply or an event."""

import msgspec

from softphone.api import Act, Said


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One line towards the phone."""

    id: int
    act: Act


class Reply(msgspec.Struct, frozen=True, kw_only=True, tag="reply"):
    """One line back: the answer to a request."""

    id: int
    value: msgspec.Raw = msgspec.Raw(b"null")
    error: str = ""


Line = Reply | Said
