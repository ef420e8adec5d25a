"""The application, dressed as the person likes it."""

from app.desk.profile import Appearance
from ui.theme.apply import wear


def dress(appearance: Appearance) -> None:
    """From now on, in every window."""
    wear(
        appearance.scheme, text_percent=appearance.text_percent, is_compact=appearance.density == "compact",
        is_still=appearance.reduced_motion, contrast=appearance.contrast,
    )  # fmt: skip
