"""Colours can be told apart, by the numbers of WCAG 2.2."""

import pytest

from ui.theme.tokens import DARK, HUES, LIGHT, Theme

SURFACES = ("s0", "s1", "s2", "s3", "inset", "hover", "sel")
STATES = ("success", "warning", "danger", "info")
CHANNELS = ("voice", "email", "whatsapp", "sms", "chat", "social")
PAIRS = [
    *((text, ground, 4.5) for text in ("text", "text2", "muted") for ground in SURFACES),
    *(("on_accent", ground, 4.5) for ground in ("accent", "accent_hover")),
    *(("accent_text", ground, 4.5) for ground in ("s1", "s2", "accent_soft", "sel")),
    *((state, ground, 4.5) for state in STATES for ground in ("s1", "s2", f"{state}_soft")),
    *(("on_accent", f"{state}_fill", 4.5) for state in STATES),
    *((channel, ground, 4.5) for channel in CHANNELS for ground in ("s1", "s2", "sel")),
    *(("text", ground, 4.5) for ground in ("bubble_in", "bubble_out")),
    ("muted", "bubble_out", 4.5), ("note_text", "note", 4.5), ("on_tip", "tip", 4.5),
    *(("focus", ground, 3.0) for ground in ("s0", "s1", "s2", "s3")),
    *(("edge", ground, 3.0) for ground in ("s0", "s1", "s2", "inset")),
    *((f"{state}_dot", "s1", 3.0) for state in STATES),
]  # fmt: skip


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb"."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The ratio of two colours, 1 to 21."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_and_mark_can_be_read_on_every_ground_it_stands_on(scheme: dict[str, str]) -> None:
    weak = [
        f"{front} on {ground}: {found:.2f} < {least}"
        for front, ground, least in PAIRS
        if (found := contrast(scheme[front], scheme[ground])) < least - 0.005
    ]
    assert not weak


def test_initials_can_be_read_on_their_tint() -> None:
    assert min(contrast(tint, letter) for tint, letter, _, _ in HUES) >= 4.5
    assert min(contrast(tint, letter) for _, _, tint, letter in HUES) >= 4.5


def test_both_schemes_know_the_same_roles() -> None:
    assert LIGHT.keys() == DARK.keys()


def test_high_contrast_puts_visible_lines_and_stronger_text() -> None:
    live = Theme()
    live.choose("light", is_high_contrast=True)
    assert contrast(live.hex("line2"), live.hex("s1")) >= 3
    assert live.hex("muted") == LIGHT["text2"]
    live.choose("light")
    assert live.hex("muted") == LIGHT["muted"]
