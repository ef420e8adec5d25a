"""What every channel's gateway promises: it translates between a provider and these values, and decides nothing."""

from typing import Literal, Protocol

import msgspec

from app.kernel.errors import PatchbayError


class ChannelUnavailable(PatchbayError):
    """The provider can't be reached or is not well; trying again later may help."""

    key = "channel_unavailable"
    text = "{where} can't be reached: {why}"


class ChannelRefused(PatchbayError):
    """The provider does not let this account in; a person must look at the settings."""

    key = "channel_refused"
    text = "{where} does not accept this account: {why} Check the user name and the password."


class UnsafeChannel(PatchbayError):
    """The settings would send a password over the network for all to read."""

    key = "unsafe_channel"
    text = "{where} is not on this machine, so the connection must be encrypted. Choose TLS or STARTTLS."


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel can carry."""

    channel: str
    has_html: bool
    has_subject: bool
    has_attachments: bool
    tells_delivery: bool
    largest_bytes: int


class RawInbound(msgspec.Struct, frozen=True, kw_only=True):
    """What came in, byte for byte, before anybody tried to understand it."""

    account: str
    raw: bytes
    received_us: int


class OutboundFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that goes out with a message; one with a content id is shown within the HTML (`cid:`)."""

    name: str
    media_type: str
    data: bytes
    content_id: str = ""


class OutboundMessage(msgspec.Struct, frozen=True, kw_only=True):
    """What shall go out. `message_key` is made by the caller, once, so that a second attempt is the same message."""

    message_key: str
    from_address: str
    to: tuple[str, ...]
    text: str
    sent_us: int
    from_name: str = ""
    cc: tuple[str, ...] = ()
    subject: str = ""
    html: str | None = None
    files: tuple[OutboundFile, ...] = ()
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    reply_token: str = ""
    is_auto: bool = False


class RefusedRecipient(msgspec.Struct, frozen=True):
    """An address that the provider will not deliver to."""

    address: str
    code: str
    reason: str


class Accepted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The provider has it; `refused` are recipients it left out. `sent` are the bytes as they went out."""

    receipt: str = ""
    refused: tuple[RefusedRecipient, ...] = ()
    sent: bytes = b""


class Retry(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Nothing went out, to nobody; the same may work after this time."""

    after_s: float
    reason: str


class Rejected(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Nothing went out, and the same will not work another time."""

    code: str
    reason: str


class Unknown(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """It may have gone out: never send it again without a person's word."""

    reason: str


Outcome = Accepted | Retry | Rejected | Unknown
State = Literal["stopped", "connecting", "live", "down"]


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """How a gateway is: silence shows as an old `last_contact_us` (microseconds since 1970; None: never)."""

    state: State = "stopped"
    last_contact_us: int | None = None
    problem: str = ""
    received: int = 0


class Gateway(Protocol):
    """One account of one channel."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can carry."""

    @property
    def health(self) -> Health:
        """How it is now."""

    async def check(self) -> None:
        """Sign in and out again; raises `ChannelUnavailable`, `ChannelRefused` or `UnsafeChannel`."""

    async def start(self) -> None:
        """Begin to receive; returns at once, and reconnects by itself."""

    async def stop(self) -> None:
        """End within two seconds."""

    async def send(self, message: OutboundMessage) -> Outcome:
        """Hand one message over; a provider's failures are outcomes, not exceptions."""
