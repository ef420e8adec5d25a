"""Access tokens (JWT, 15 minutes) and refresh tokens (signed, one use, bound to a device)."""

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass
from uuid import UUID

import jwt

from app.kernel.clock import NowUs
from server.database.sessions import SignedIn
from server.database.vault import Vault
from server.web.problems import NotSignedIn

ACCESS_AGE_S = 15 * 60
ALGORITHM = "HS256"
SHAPE = struct.Struct(">16s16sI")
SIGNATURE_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """What a refresh token says: the session, and how many came before it."""

    tenant_id: UUID
    session_id: UUID
    generation: int


class Tokens:
    """Makes and reads tokens; knows nothing of what was revoked since."""

    def __init__(self, vault: Vault, now_us: NowUs) -> None:
        self._access_key, self._refresh_key = vault.derive("access token"), vault.derive("refresh token")
        self._now_us = now_us

    def access(self, signed_in: SignedIn) -> str:
        """A token that says who calls, for 15 minutes."""
        claims = {
            "sub": signed_in.user_id.hex, "tid": signed_in.tenant_id.hex, "sid": signed_in.session_id.hex,
            "dev": signed_in.device, "exp": self._now_us() // 1_000_000 + ACCESS_AGE_S,
        }  # fmt: skip
        return jwt.encode(claims, self._access_key, algorithm=ALGORITHM)

    def read_access(self, token: str) -> tuple[SignedIn, int]:
        """Who calls, and until when (seconds since 1970) the token holds; `NotSignedIn` when it does not."""
        try:
            claims = jwt.decode(
                token, self._access_key, algorithms=[ALGORITHM], options={"require": ["exp", "sub"], "verify_exp": False}
            )
        except jwt.InvalidTokenError as error:
            raise NotSignedIn from error
        if claims["exp"] <= self._now_us() // 1_000_000:
            raise NotSignedIn
        signed_in = SignedIn(
            tenant_id=UUID(claims["tid"]), user_id=UUID(claims["sub"]), session_id=UUID(claims["sid"]), device=claims["dev"]
        )
        return signed_in, claims["exp"]

    def refresh(self, token: RefreshToken, device: str) -> str:
        """The text of a refresh token, good for this device only."""
        body = SHAPE.pack(token.tenant_id.bytes, token.session_id.bytes, token.generation)
        return base64.urlsafe_b64encode(body + self._sign(body, device)).decode().rstrip("=")

    def read_refresh(self, text: str, device: str) -> RefreshToken:
        """What the token says; `NotSignedIn` when it is not ours, or not this device's."""
        try:
            packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (binascii.Error, ValueError) as error:
            raise NotSignedIn from error
        body, signature = packed[: SHAPE.size], packed[SHAPE.size :]
        if len(signature) != SIGNATURE_BYTES or not hmac.compare_digest(signature, self._sign(body, device)):
            raise NotSignedIn
        tenant, session, generation = SHAPE.unpack(body)
        return RefreshToken(tenant_id=UUID(bytes=tenant), session_id=UUID(bytes=session), generation=generation)

    def _sign(self, body: bytes, device: str) -> bytes:
        return hmac.digest(self._refresh_key, body + device.encode(), hashlib.sha256)
