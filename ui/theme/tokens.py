"""Design tokens: every colour and measure of the console, light and dark, and the one live theme that painters read."""

from collections.abc import Mapping
from typing import Final

LIGHT: Final[Mapping[str, str]] = {
    "s0": "#f3f3f5", "s1": "#ffffff", "s2": "#fafafb", "s3": "#ffffff", "inset": "#f4f4f6", "hover": "#efeff2",
    "press": "#e6e6eb", "sel": "#e9ebfc", "line": "#e5e5ea", "line2": "#d3d3da", "edge": "#83838f", "focus": "#4650d8",
    "text": "#17171c", "text2": "#44444f", "muted": "#636370", "disabled": "#a3a3ad",
    "accent": "#4650d8", "accent_hover": "#3a43c2", "on_accent": "#ffffff", "accent_text": "#3c46c8", "accent_soft": "#eceefd",
    "success": "#12703a", "success_fill": "#16803f", "success_soft": "#e4f5ea", "success_dot": "#1f9d55",
    "warning": "#8a5300", "warning_fill": "#a06000", "warning_soft": "#fdf2da", "warning_dot": "#c98500",
    "danger": "#bf2029", "danger_fill": "#cf2c35", "danger_soft": "#fdebec", "danger_dot": "#dc3a42",
    "info": "#0a63a5", "info_fill": "#0f72bd", "info_soft": "#e5f1fb", "info_dot": "#2385d0",
    "voice": "#0b727b", "email": "#2b62c9", "whatsapp": "#117a41", "sms": "#7444c8", "chat": "#a84c0c", "social": "#b23575",
    "bubble_in": "#f1f1f4", "bubble_out": "#e8eafc", "note": "#fdf6dd", "note_line": "#efdfa4", "note_text": "#4d3c06",
    "tip": "#1d1d23", "on_tip": "#f5f5f7", "scrim": "#17171c", "shadow": "#14141e", "control": "#ffffff", "bar": "#ffffff",
    "track": "#f4f4f6", "thumb": "#ffffff",
}  # fmt: skip
DARK: Final[Mapping[str, str]] = {
    "s0": "#0d0d10", "s1": "#151519", "s2": "#121215", "s3": "#1d1d23", "inset": "#25252c", "hover": "#26262e",
    "press": "#31313a", "sel": "#23254a", "line": "#26262d", "line2": "#37373f", "edge": "#747482", "focus": "#8b94ff",
    "text": "#ededf1", "text2": "#bcbcc6", "muted": "#9696a3", "disabled": "#5f5f6a",
    "accent": "#535de4", "accent_hover": "#5d67ec", "on_accent": "#ffffff", "accent_text": "#a3abff", "accent_soft": "#20224a",
    "success": "#5bcf94", "success_fill": "#1b8547", "success_soft": "#112a1d", "success_dot": "#3ecf84",
    "warning": "#f0b54e", "warning_fill": "#a36400", "warning_soft": "#2e230d", "warning_dot": "#f0a92e",
    "danger": "#ff8a8c", "danger_fill": "#d23b43", "danger_soft": "#36181b", "danger_dot": "#f4575d",
    "info": "#74bbf7", "info_fill": "#1873b8", "info_soft": "#0f2638", "info_dot": "#4ba6ee",
    "voice": "#4fc3cc", "email": "#82aefb", "whatsapp": "#52c98a", "sms": "#b796f5", "chat": "#eda063", "social": "#ee8fc0",
    "bubble_in": "#222229", "bubble_out": "#272a58", "note": "#2b250f", "note_line": "#4a3f16", "note_text": "#f0e2b0",
    "tip": "#ededf1", "on_tip": "#17171c", "scrim": "#000000", "shadow": "#000000", "control": "#1d1d23", "bar": "#121215",
    "track": "#0d0d10", "thumb": "#31313a",
}  # fmt: skip
# Avatar tints: (tint, letter) in light, (tint, letter) in dark.
HUES: Final = (
    ("#fde4d3", "#8a3b0b", "#43240f", "#fbc39c"), ("#d9ecfb", "#0b5688", "#0f2f46", "#9fd0f7"),
    ("#d8f2e3", "#0f6238", "#10331f", "#8fdbb1"), ("#e8e0fb", "#56339c", "#2d2150", "#c9b5fa"),
    ("#fbdfec", "#932361", "#431a30", "#f6aed0"), ("#f8ecc4", "#6b4e00", "#3a2e0b", "#ecd283"),
    ("#d6f1f1", "#0b5f65", "#0d3336", "#86d9dd"), ("#e3e6f6", "#3a4589", "#252a4c", "#b8c1f7"),
)  # fmt: skip
SCRIM_ALPHA: Final = {"light": 52, "dark": 130}
SHADOW_ALPHA: Final = {"light": 26, "dark": 70}

RADIUS_KEY, RADIUS_CHIP, RADIUS_CONTROL, RADIUS_ROW, RADIUS_CARD, RADIUS_FLOAT, RADIUS_DIALOG = 4, 5, 7, 8, 10, 12, 14
CHANNEL_ICONS: Final = {
    "voice": "phone", "email": "mail", "whatsapp": "message-circle", "sms": "message-square-text", "chat": "message-square",
    "social": "at-sign",
}  # fmt: skip
PRESENCE_TONES: Final = {
    "available": "success_dot", "busy": "accent", "on_call": "accent", "wrap_up": "info_dot", "away": "warning_dot",
    "break": "warning_dot", "offline": "edge",
}  # fmt: skip


class Theme:
    """The one live theme; widgets read it when they paint, so that a switch is one repaint."""

    def __init__(self) -> None:
        self.name = "light"
        self.is_high_contrast = False
        self.is_compact = False
        self.text_percent = 100
        self.is_still = False  # reduced motion
        self._values: dict[str, str] = dict(LIGHT)

    def choose(self, name: str, *, is_high_contrast: bool = False) -> None:
        """Take "light" or "dark"; high contrast strengthens lines and second-rank text."""
        self.name, self.is_high_contrast = name, is_high_contrast
        self._values = dict(DARK if name == "dark" else LIGHT)
        if is_high_contrast:
            self._values |= {"line2": self._values["edge"], "muted": self._values["text2"]}

    @property
    def is_dark(self) -> bool:
        """Whether the surfaces are dark."""
        return self.name == "dark"

    @property
    def values(self) -> Mapping[str, str]:
        """Every colour by its role."""
        return self._values

    def scaled(self, pixels: int) -> int:
        """A row height that grows with the text."""
        return round(pixels * self.text_percent / 100)

    def hex(self, role: str) -> str:
        """The colour of a role; a colour given as "#rrggbb" is itself."""
        return role if role.startswith("#") else self._values[role]


theme = Theme()
