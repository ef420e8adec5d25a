"""How the server refuses a sign-in or a device, as the console hears it."""

from app.kernel.errors import PatchbayError


class WrongSignIn(PatchbayError):
    """The workspace, the address or the password is wrong; which one is nobody's business."""

    key = "wrong_sign_in"
    text = "The workspace, e-mail address or password is wrong."


class TooManyTries(PatchbayError):
    """Somebody tries passwords."""

    key = "too_many_tries"
    text = "Too many attempts. Try again in {retry_after_s} seconds."


class DeviceRevoked(PatchbayError):
    """The device was ended; who hears this of its own server destroys its copy. `why`: lost, retired, deactivated."""

    key = "device_revoked"
    text = "This device was removed from the workspace. The data on it has been erased."
