"""How painted parts draw: rounded shapes, elided text, key caps, avatars."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPaintDevice, QPainter, QPen

from ui.theme.fonts import elided, font, wide
from ui.theme.icons import icon
from ui.theme.tokens import CHANNEL_ICONS, HUES, PRESENCE_TONES, RADIUS_KEY, theme

Align = Qt.AlignmentFlag
CENTRE = Align.AlignCenter
LEFT = Align.AlignLeft | Align.AlignVCenter
RIGHT = Align.AlignRight | Align.AlignVCenter
KEY_HEIGHT = 18


def colour(role: str, alpha: int = 255) -> QColor:
    """A role's colour, perhaps see-through (0 to 255)."""
    made = QColor(theme.hex(role))
    made.setAlpha(alpha)
    return made


def painter_on(device: QPaintDevice) -> QPainter:
    """A painter with smooth edges."""
    painter = QPainter(device)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    return painter


def rounded(
    painter: QPainter,
    area: QRectF | QRect,
    radius: float,
    fill: str | QColor | None = None,
    line: str | QColor | None = None,
    width: float = 1,
) -> None:
    """A rounded rectangle; its line lies inside the area."""
    box = QRectF(area)
    if line is not None:
        box = box.adjusted(width / 2, width / 2, -width / 2, -width / 2)
        painter.setPen(QPen(line if isinstance(line, QColor) else colour(line), width))
    else:
        painter.setPen(Qt.PenStyle.NoPen)
    if fill is None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
    else:
        painter.setBrush(fill if isinstance(fill, QColor) else colour(fill))
    painter.drawRoundedRect(box, radius, radius)


def write(
    painter: QPainter,
    area: QRectF | QRect,
    text: str,
    style: str = "body",
    tone: str | QColor = "text",
    align: Align = LEFT,
    weight: int | None = None,
    *,
    elide: bool = True,
    tabular: bool = False,
) -> None:
    """One line of text, cut with an ellipsis where the area ends."""
    face = font(style, weight, tabular=tabular)
    painter.setFont(face)
    painter.setPen(tone if isinstance(tone, QColor) else colour(tone))
    box = QRectF(area)
    if elide:
        text = elided(text, box.width(), style, weight, tabular=tabular)
    painter.drawText(box, int(align), text)


def key_widths(keys: Sequence[str]) -> list[int]:
    """How wide each key cap is."""
    return [max(KEY_HEIGHT, round(wide(key, "tiny")) + 9) for key in keys]


def keys_width(keys: Sequence[str]) -> int:
    """How wide a row of key caps is."""
    return sum(key_widths(keys)) + 3 * (len(keys) - 1) if keys else 0


def draw_keys(painter: QPainter, x: float, y: float, keys: Sequence[str], *, on_fill: bool = False, tone: str = "muted") -> None:
    """Key caps from the left; on a filled button they are the button's own white, faint."""
    for key, width in zip(keys, key_widths(keys), strict=True):
        cap = QRectF(x, y, width, KEY_HEIGHT)
        if on_fill:
            rounded(painter, cap, RADIUS_KEY, colour("on_accent", 46))
        else:
            rounded(painter, cap, RADIUS_KEY, "control", "line2")
        write(painter, cap, key, "tiny", "on_accent" if on_fill else tone, CENTRE, elide=False)
        x += width + 3


def hue_of(name: str) -> tuple[str, str]:
    """The tint and letter colour of a name; always the same."""
    light_tint, light_letter, dark_tint, dark_letter = HUES[sum(map(ord, name)) % len(HUES)]
    return (dark_tint, dark_letter) if theme.is_dark else (light_tint, light_letter)


def initials(name: str) -> str:
    """One or two letters for an avatar; a Han name gives its first character only, a number "#"."""
    if name[:1] == "+" or name[:1].isdigit():
        return "#"
    words = [word for word in name.replace("“", "").split() if word[:1].isalnum()]
    if not words:
        return "?"
    first = words[0][0]
    if "一" <= first <= "鿿":
        return first
    return (first + (words[-1][0] if len(words) > 1 else "")).upper()


def draw_avatar(
    painter: QPainter,
    area: QRectF,
    name: str,
    *,
    channel: str = "",
    presence: str = "",
    behind: str = "s1",
    is_company: bool = False,
) -> None:
    """A tinted disc with initials, a channel badge or a presence dot with a gap in the colour behind it."""
    draw_initials(painter, area, initials(name), of=name, radius=area.width() * 0.26 if is_company else None)
    if channel in CHANNEL_ICONS:
        _draw_badge(painter, area, channel, behind)
    if presence:
        _draw_presence(painter, area, presence, behind)


def draw_check(painter: QPainter, area: QRectF) -> None:
    """In place of an avatar: this one is among those that are chosen."""
    rounded(painter, area, area.width() / 2, "accent")
    side = round(area.width() * 0.55)
    painter.drawPixmap(QPointF(area.center().x() - side / 2, area.center().y() - side / 2), icon("check", "on_accent", side, 2.5))


def draw_initials(painter: QPainter, area: QRectF, letters: str, *, of: str = "", radius: float | None = None) -> None:
    """Letters on the tint of the name that they are of."""
    tint, letter = hue_of(of or letters)
    rounded(painter, area, area.width() / 2 if radius is None else radius, tint)
    face = QFont(font("small", 600))
    face.setPixelSize(max(9, round(area.height() * 0.36)))
    painter.setFont(face)
    painter.setPen(QColor(letter))
    painter.drawText(area, int(CENTRE), letters)


def _draw_badge(painter: QPainter, area: QRectF, channel: str, behind: str) -> None:
    side = 18 if area.width() >= 36 else 16
    badge = QRectF(area.right() - side + 4, area.bottom() - side + 4, side, side)
    rounded(painter, badge.adjusted(-2, -2, 2, 2), side / 2 + 2, behind)
    rounded(painter, badge, side / 2, channel)
    mark = icon(CHANNEL_ICONS[channel], behind if theme.is_dark else "on_accent", 10, 2.25)
    painter.drawPixmap(QPointF(badge.x() + (side - 10) / 2, badge.y() + (side - 10) / 2), mark)


def _draw_presence(painter: QPainter, area: QRectF, presence: str, behind: str) -> None:
    dot = QRectF(area.right() - 8, area.bottom() - 8, 9, 9)
    rounded(painter, dot.adjusted(-2, -2, 2, 2), 7, behind)
    draw_presence_dot(painter, dot, presence, behind)


def draw_dot(painter: QPainter, dot: QRectF, tone: str) -> None:
    """A disc in a tone; unknown and offline ("edge") are a hollow ring, so that shape tells it too."""
    if tone == "edge":
        rounded(painter, dot, dot.width() / 2, None, "edge", 2)
    else:
        rounded(painter, dot, dot.width() / 2, tone)


def draw_presence_dot(painter: QPainter, dot: QRectF, presence: str, behind: str) -> None:
    """Told by shape as well as by colour: offline is a hollow ring, busy carries a bar."""
    tone = PRESENCE_TONES.get(presence, "edge")
    if tone == "edge":
        rounded(painter, dot, dot.width() / 2, None, "edge", 2)
        return
    rounded(painter, dot, dot.width() / 2, tone)
    if presence in {"busy", "on_call"}:
        painter.fillRect(QRectF(dot.x() + 2, dot.center().y() - 0.75, dot.width() - 4, 1.5), colour(behind))
