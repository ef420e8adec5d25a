"""The people and words of the pictures, for the gallery and the tests of widgets."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """A row of the inbox as its delegate reads it."""

    id: int
    title: str
    preview: str
    when_text: str
    channel: str
    unread_count: int = 0
    due_text: str = ""
    due_tone: str = ""
    is_pending: bool = False
    other_agent_initials: str = ""
    presence: str = ""
    is_locked: bool = False

    @property
    def is_unread(self) -> bool:
        """Whether something waits to be read."""
        return self.unread_count > 0

    @property
    def sentence(self) -> str:
        """How a screen reader says it."""
        due = f", due {self.due_text}" if self.due_text else ""
        return f"{self.title}, {self.channel}, {self.preview}, {self.when_text}, {self.unread_count} unread{due}"


_ROWS: tuple[tuple[str, str, str, str, int, str, str], ...] = (
    ("Amara Okafor", "Can you check why the refund hasn’t arrived yet? It’s been", "2m", "whatsapp", 2, "18m", "warning"),
    ("Þórdís Guðmundsdóttir", "Re: Fleet renewal – signed copy attached, one open question", "14m", "email", 1, "1h", "muted"),
    ("Nguyễn Thị Hồng Nhung", "Voicemail · 0:42 · “Hello, I’m calling about the charger…”", "21m", "voice", 1, "−4m", "danger"),
    ("Henrik Lauritsen", "You: I’ve asked the workshop in Bremen for a slot", "38m", "sms", 0, "", ""),
    ("Anjali Deshpande", "Is the battery covered if I ride through winter?", "1h", "chat", 0, "", ""),
    ("Grzegorz Brzęczyszczykiewicz", "Missed call · Orders · called back, no answer", "1h", "voice", 0, "2h", "muted"),
    ("María Fernanda Gutiérrez de la Vega", "Invoice 2026-0917 has last year’s address", "2h", "email", 0, "", ""),
    ("佐藤 健一", "ありがとうございます。土曜日に受け取ります。", "3h", "chat", 0, "", ""),
    ("Chukwuemeka Eze", "You: The replacement display ships tomorrow", "3h", "whatsapp", 0, "", ""),
    ("Ferreira & Filhos Lda.", "Delivery address change for order #48213", "Yesterday", "email", 0, "", ""),
    ("Élodie Marchetti", "Great, see you on Thursday then", "Yesterday", "sms", 0, "", ""),
    ("Siobhán O’Rourke", "You: Here’s the link to reset your password", "Mon", "email", 0, "", ""),
)
CONVERSATIONS = [
    Conversation(
        id=place, title=title, preview=preview, when_text=when, channel=channel, unread_count=unread, due_text=due, due_tone=tone
    )
    for place, (title, preview, when, channel, unread, due, tone) in enumerate(_ROWS)
]
