"""How the server refuses a sign-in, as the console hears it."""

from app.kernel.errors import PatchbayError


class WrongSignIn(PatchbayError):
    """The workspace, the address or the password is wrong; which one is nobody's business."""

    key = "wrong_sign_in"
    text = "The workspace, e-mail address or password is wrong."


class TooManyTries(PatchbayError):
    """Somebody tries passwords."""

    key = "too_many_tries"
    text = "Too many attempts. Try again in {retry_after_s} seconds."
