"""How the server refuses a sign-in or a device, as the console hears it."""

from app.kernel.errors import PatchbayError, Refused


class WrongSignIn(PatchbayError):
    """The workspace, the address or the password is wrong; which one is nobody's business."""

    key = "wrong_sign_in"
    text = "The workspace, e-mail address or password is wrong. An administrator can let you choose a new password."


class WrongPassword(Refused):
    """Who wants another password does not know the one that they have."""

    key = "wrong_password"
    text = "That is not the password that you have now. Type it again."


class WrongCode(Refused):
    """Nobody of this workspace and address has this code, or not any more; which of it is wrong is nobody's business."""

    key = "wrong_code"
    text = "This code doesn't fit. It may have been used, or its time is over: ask whoever gave it to you for a new one."


class TooManyTries(Refused):
    """Somebody tries passwords."""

    key = "too_many_tries"
    text = "Too many attempts. Try again in {retry_after_s} seconds."


class DeviceRevoked(PatchbayError):
    """The device was ended; who hears this of its own server destroys its copy. `why`: lost, retired, deactivated."""

    key = "device_revoked"
    text = "This device was removed from the workspace. The data on it has been erased."
