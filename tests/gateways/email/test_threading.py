"""Which conversation a mail belongs to."""

from email.message import EmailMessage
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from server.gateways.email.parse import parse
from server.gateways.email.threading import make_message_key, make_token, read_token, thread_of

KEY, OTHER_KEY = b"a" * 32, b"b" * 32


@given(st.uuids())
def test_a_token_names_its_conversation_in_any_case_and_to_nobody_else(conversation_id: UUID) -> None:
    token = make_token(KEY, conversation_id)
    assert len(token) == 40
    assert token.isalnum()
    assert read_token(KEY, token) == conversation_id
    assert read_token(KEY, token.upper()) == conversation_id
    assert read_token(OTHER_KEY, token) is None


@given(st.uuids(), st.integers(1, 37), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_a_token_that_was_changed_is_none(conversation_id: UUID, place: int, letter: str) -> None:
    token = make_token(KEY, conversation_id)
    changed = token[:place] + letter + token[place + 1 :]
    assert changed == token or read_token(KEY, changed) is None


@given(st.text(max_size=60))
def test_no_text_is_a_token_by_chance(text: str) -> None:
    assert read_token(KEY, text) is None


def test_the_token_is_found_wherever_mail_programs_leave_it() -> None:
    conversation = uuid4()
    token = make_token(KEY, conversation)
    key = f"<reply.{token}@shop.example>"
    places = [
        f"To: Support <support+{token.upper()}@shop.example>",
        f"Cc: x@y.example, support+{token}@shop.example",
        f"Delivered-To: support+{token}@shop.example",
        f"In-Reply-To: {key}",
        f"References: <a@b.example>\r\n {key}\r\n <c@d.example>",
        f"X-Patchbay-Thread: {token}",
    ]
    for place in places:
        mail = parse(f"From: a@b.example\r\n{place}\r\nSubject: x\r\n\r\nHi".encode())
        assert thread_of(mail, KEY).conversation_ids == (conversation,), place
        assert thread_of(mail, OTHER_KEY).conversation_ids == ()


def test_without_a_token_the_chain_is_asked_from_the_answered_mail_back() -> None:
    raw = b"From: a@b.example\r\nIn-Reply-To: <3@x>\r\nReferences: <1@x> <2@x>\r\n <3@x>\r\nSubject: new subject\r\n\r\nHi"
    thread = thread_of(parse(raw), KEY)
    assert thread.conversation_ids == ()
    assert thread.message_keys == ("<3@x>", "<2@x>", "<1@x>")


def test_a_message_id_that_a_program_wrote_as_encoded_words_is_read() -> None:
    mail = EmailMessage()  # Python's own library does it with every id that is longer than a line
    long = f"<{'a' * 80}@shop.example>"
    mail["In-Reply-To"], mail["References"] = long, f"<first@x.example> {long}"
    mail.set_content("Hi")
    assert b"=?utf-8?" in mail.as_bytes()
    assert thread_of(parse(mail.as_bytes()), KEY).message_keys == (long, "<first@x.example>")


def test_our_own_message_ids_fit_on_a_line() -> None:
    mail = EmailMessage()
    mail["In-Reply-To"] = make_message_key(uuid4(), "support@velora-bikes.example")
    assert b"=?" not in mail.as_bytes()
