"""Why the server cannot be talked to."""

from app.kernel.errors import PatchbayError


class SignedOut(PatchbayError):
    """Neither the access token nor the refresh token is taken any more."""

    key = "signed_out"
    text = "You were signed out. Sign in again; what you did meanwhile is kept and will be sent."


class ServerAway(PatchbayError):
    """The server cannot be reached."""

    key = "server_away"
    text = "The server can't be reached ({hint}). You can go on working; everything is sent when it is back."


class ServerTrouble(PatchbayError):
    """The server answered with an error of its own."""

    key = "server_trouble"
    text = "The server has a problem (status {status}). You can go on working; everything is sent when it is well again."
