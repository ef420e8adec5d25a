"""The customers whom the demo tells of: Luca Bianchi, who will call, and Amara Okafor, who waits for an answer."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.accounts.records import Account
from app.domain.contacts.records import Contact
from app.domain.notes.records import Note
from app.domain.tasks.records import Task
from tests.demo import cast
from tests.demo.calls import Rung, add_call
from tests.demo.customers import Customer, Customers
from tests.demo.ledger import Ledger
from tests.demo.texts import IN, OUT
from tests.demo.threads import Said, Thread, add_thread, message_key

LUCA, LUCA_EMAIL, LUCA_NUMBER = "Luca Bianchi", "luca@bianchi-bike-hire.example", "+39065550142"
LUCA_MOBILE = "+393475550142"
LUCA_PINNED = "Disputed invoice 2026-0881 is with legal. Don't promise a credit note."
AMARA, AMARA_EMAIL, AMARA_NUMBER = "Amara Okafor", "amara@okafor-outfitters.example", "+2348025550199"
AMARA_SUBJECT = "Refund for order #48190"
AMARA_THREAD, LUCA_THREAD = "story/amara/refund", "story/luca/invoice"
JONAS, PRIYA, MARTA, MAYA, TOMAS = (
    next(one for one in cast.COLLEAGUES if one.first == first) for first in ("Jonas", "Priya", "Marta", "Maya", "Tomás")
)

REFUND = (
    (IN, 96 * 60, "Hello,\n\nI returned the blue rain jacket from order #48190 last week. When will I see the money?\n\nAmara"),
    (
        OUT,
        95 * 60,
        "Hi Amara,\n\nthe parcel reached us on the 18th and is being checked. I'll write as soon as it is released.\n\nMaya",
    ),
    (IN, 26 * 60, "Thank you. It has been five days now and my bank still shows nothing pending."),
    (OUT, 25 * 60, "Hi Amara,\n\nthat is too long, I agree. I have asked payments to look at it this morning.\n\nMaya"),
    (IN, 2, "Hi Maya,\n\ncould you check why the refund hasn't arrived yet? I would like to order the bigger size.\n\nAmara"),
)
INVOICE = (
    (
        IN,
        30 * 60,
        "Buongiorno Maya,\n\ninvoice 2026-0881 still shows our old VAT number, and the transport is listed twice.\n\nLuca",
    ),
    (
        OUT,
        28 * 60,
        "Hello Luca,\n\nthe VAT number is corrected. The transport is being looked at by Priya, I can't decide that one.\n\nMaya",
    ),
    (IN, 3 * 60, "Grazie. Our board meets on Thursday, so I will ring you about the rest today.\n\nLuca"),
)
CARGO = (
    (
        IN,
        61 * 1440,
        "Hello,\n\nwe open a depot in Rome and think of forty cargo bikes from March. What would a year's service cost?\n\nLuca",
    ),
    (
        OUT,
        61 * 1440 - 300,
        "Hello Luca,\n\nwhat good news! The offer is attached, with two inspections a year and a van on call.\n\nMarta",
    ),
    (IN, 58 * 1440, "Received, it goes to the owners next month. Can we try two of them before?"),
    (OUT, 58 * 1440 - 60, "Two demo bikes are yours for the first week of December.\n\nMarta"),
)
KEYS = (
    (IN, 140 * 1440, "Good morning, one of our guests lost the key of bike 112 in the Tiber. Can you make another?"),
    (OUT, 140 * 1440 - 95, "Good morning Luca,\n\nyes, from the number on the lock. It takes a week.\n\nJonas"),
    (IN, 132 * 1440, "It came today and fits. Grazie mille."),
)
CALLS = (  # minutes ago, direction, outcome, seconds, reason, disposition, colleague
    (26 * 60, "in", "answered", 412, "Invoice 2026-0881: VAT number and transport", "follow_up", MAYA),
    (9 * 1440, "out", "voicemail", 31, "Told him about the corrected VAT number", None, MAYA),
    (16 * 1440, "in", "missed", 0, "", None, JONAS),
    (16 * 1440 - 14, "out", "answered", 187, "Called back: three batteries to be exchanged", "resolved", JONAS),
    (58 * 1440, "out", "answered", 1_126, "Went through the offer for the depot in Rome", "callback", MARTA),
    (119 * 1440, "in", "answered", 264, "Order of brake pads doubled by mistake", "resolved", MAYA),
    (203 * 1440, "in", "answered", 95, "Asked for the address for returns", "resolved", JONAS),
)
NOTES = (  # minutes ago, pinned, text, colleague
    (12 * 1440, True, LUCA_PINNED, PRIYA),
    (25 * 60, False, "Friendly, but needs an answer about the transport before Thursday. Priya knows.", MAYA),
    (58 * 1440, False, "Decides with his sister Giulia, who looks after the money. Send offers to both.", MARTA),
    (203 * 1440, False, "Prefers the phone to mail; speaks Italian and good English.", JONAS),
)
TASKS = (  # minutes ago, due in minutes, done, title, colleague
    (25 * 60, 120, False, "Tell Luca what legal says about the transport", MAYA),
    (57 * 1440, 9 * 1440, False, "Bring two cargo bikes to Rome for the demo week", MARTA),
    (16 * 1440, -13 * 1440, True, "Send three batteries to Bianchi Bike Hire", TOMAS),
)


def add_story(ledger: Ledger, customers: Customers, now: datetime) -> int:
    """Both customers and all that happened with them; the number of messages."""
    luca, amara = _luca(ledger, customers, now), _amara(ledger, customers, now)
    for each in CALLS:
        _add_call(ledger, luca, now, *each)
    for number, (minutes, pinned, text, author) in enumerate(NOTES):
        by = _act(ledger, author, now - timedelta(minutes=minutes))
        ledger.add(
            Note, ledger.id("note", f"luca/{number}"), owner_id=by, team_id=ledger.tenant_id, contact_id=luca.id, text=text,
            is_pinned=pinned,
        )  # fmt: skip
    for number, (minutes, due, is_done, title, owner) in enumerate(TASKS):
        by = _act(ledger, owner, now - timedelta(minutes=minutes))
        due_at = now + timedelta(minutes=due)
        ledger.add(
            Task, ledger.id("task", f"luca/{number}"), owner_id=by, team_id=ledger.tenant_id, contact_id=luca.id, title=title,
            due_at=due_at, done_at=due_at - timedelta(hours=20) if is_done else None,
        )  # fmt: skip
    threads = (
        _thread(AMARA_THREAD, amara, AMARA_SUBJECT, MAYA, REFUND, now, is_open=True),
        _thread(LUCA_THREAD, luca, "Invoice 2026-0881: VAT number", MAYA, INVOICE, now, is_open=True),
        _thread("story/luca/cargo", luca, "Forty cargo bikes for the depot in Rome", MARTA, CARGO, now),
        _thread("story/luca/keys", luca, "Key of bike 112", JONAS, KEYS, now),
    )
    for thread in threads:
        add_thread(ledger, thread)
    return sum(len(thread.said) for thread in threads)


def amara_conversation_id(tenant_id: UUID) -> UUID:
    """The conversation that waits for an answer."""
    return Ledger(tenant_id).id("conversation", AMARA_THREAD)


def amara_message_keys(tenant_id: UUID) -> list[str]:
    """The Message-IDs of that thread, oldest first: what a new mail of hers refers to."""
    ledger = Ledger(tenant_id)
    return [message_key(ledger, AMARA_THREAD, place) for place in range(len(REFUND))]


def luca_id(tenant_id: UUID) -> UUID:
    """The contact who will call."""
    return Ledger(tenant_id).id("contact", LUCA)


def _luca(ledger: Ledger, customers: Customers, now: datetime) -> Customer:
    by = _act(ledger, MARTA, now - timedelta(days=380))
    account_id = ledger.add(
        Account, ledger.id("account", "Bianchi"), owner_id=by, team_id=ledger.tenant_id, name="Bianchi Bike Hire S.r.l.",
        domain="bianchi-bike-hire.example", industry="Bike hire", country="IT",
    )  # fmt: skip
    contact_id = ledger.add(
        Contact, ledger.id("contact", LUCA), owner_id=by, team_id=ledger.tenant_id, name=LUCA, account_id=account_id,
        job_title="Fleet manager", language="it", time_zone="Europe/Rome", pinned_note=LUCA_PINNED, is_vip=True,
        tags=("key account", "legal", "reference", "speaks italian"),
    )  # fmt: skip
    customers.use_phone(contact_id, LUCA_NUMBER, "+39 06 555 0142", "IT", label="office", is_primary=True)
    customers.use_phone(contact_id, LUCA_MOBILE, "+39 347 555 0142", "IT", label="mobile")
    customers.use_email(contact_id, LUCA_EMAIL, is_primary=True)
    return Customer(
        id=contact_id, name=LUCA, first="Luca", language="it", email=LUCA_EMAIL, phone=LUCA_NUMBER, phone_shown="+39 06 555 0142"
    )


def _amara(ledger: Ledger, customers: Customers, now: datetime) -> Customer:
    by = _act(ledger, MAYA, now - timedelta(days=210))
    contact_id = ledger.add(
        Contact, ledger.id("contact", AMARA), owner_id=by, team_id=ledger.tenant_id, name=AMARA, job_title="Owner", language="en",
        time_zone="Africa/Lagos",
    )  # fmt: skip
    customers.use_phone(contact_id, AMARA_NUMBER, "+234 802 555 0199", "NG", label="mobile", is_primary=True)
    customers.use_email(contact_id, AMARA_EMAIL, is_primary=True)
    return Customer(
        id=contact_id, name=AMARA, first="Amara", language="en", email=AMARA_EMAIL, phone=AMARA_NUMBER,
        phone_shown="+234 802 555 0199",
    )  # fmt: skip


def _act(ledger: Ledger, author: cast.Colleague, at: datetime) -> UUID:
    by = cast.user_id(ledger.tenant_id, author.email)
    ledger.act(at, by)
    return by


def _thread(
    name: str,
    customer: Customer,
    subject: str,
    agent: cast.Colleague,
    lines: Sequence[tuple[str, int, str]],
    now: datetime,
    *,
    is_open: bool = False,
) -> Thread:
    return Thread(
        name=name, customer=customer, channel="email", subject=subject, team=agent.team, agent=agent, is_unread=is_open,
        said=[Said(direction=direction, text=text, at=now - timedelta(minutes=minutes)) for direction, minutes, text in lines],
        status="open" if is_open else "resolved",
    )  # fmt: skip


def _add_call(
    ledger: Ledger,
    luca: Customer,
    now: datetime,
    minutes: int,
    direction: str,
    outcome: str,
    talk_s: int,
    reason: str,
    disposition: str | None,
    agent: cast.Colleague,
) -> None:
    rung = Rung(
        name=f"luca/{minutes}", customer=luca, team=agent.team, agent=agent, at=now - timedelta(minutes=minutes), talk_s=talk_s,
        direction=direction, outcome=outcome, reason=reason, disposition=disposition,
    )  # fmt: skip
    add_call(ledger, rung)
