"""The scripted shift: what an agent does from sign-in to coming back on-line, each step checked and photographed."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

import msgspec
from PySide6.QtWidgets import QApplication

from app.desk.dialling import DialRule
from app.desk.profile import SipAccount
from app.domain.calls.queries import calls
from app.domain.contacts.queries import contact, contacts
from app.domain.conversations.queries import conversations, conversations_of
from app.domain.messages.queries import thread
from app.domain.notes.queries import notes
from app.domain.tasks.queries import tasks
from app.kernel.reader import Reader
from tests.demo import cast
from tests.demo.script import Script, StepFailed
from tests.demo.stage import AGENT_LINE, AGENT_PASSWORD, LINE_NAME, PASSWORD, WORKSPACE
from tests.demo.story import AMARA, LUCA
from tests.peers.kamailio import DOMAIN
from ui.console.dress import dress
from ui.features.settings.dialling_card import DiallingCard

REPLY = "Good morning, I have looked it up: the parcel left us on Friday and should be with you tomorrow."
ABROAD = "+33 1 23 45 67 89"
OFFLINE_REPLY = "Written without a network: your refund was released this morning."


class Tour(Script):
    """Plays the shift; stops at the first step that fails, and says which."""

    async def play(self) -> bool:
        """All steps in order; whether all went well."""
        script: list[tuple[str, Callable[[], Awaitable[str]]]] = [
            ("sign in", self._sign_in), ("first download", self._first_download), ("phone registers", self._phone_registers),
            ("call pops", self._call_pops), ("answer", self._answer), ("hold and resume", self._hold), ("note", self._note),
            ("hang up", self._hang_up), ("wrap up", self._wrap_up), ("missed call", self._missed_call),
            ("palette finds the customer", self._palette), ("customer's record", self._record),
        ]  # fmt: skip
        if self._stage.mail is not None:
            script += [("mail in", self._mail_in), ("reply", self._reply)]
        script += [
            ("server stopped", self._server_stopped), ("edit offline", self._edit_offline), ("task offline", self._task_offline),
            ("note offline", self._note_offline), ("reply offline", self._reply_offline), ("call offline", self._call_offline),
            ("server back", self._server_back), ("synced", self._synced), ("dark theme", self._dark),
            ("settings", self._settings),
        ]  # fmt: skip
        for number, (name, step) in enumerate(script, 1):
            if not await self.one(number, name, step):
                return False
        return True

    # ── signing in ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _sign_in(self) -> str:
        program = self._stage.program
        await self._until(lambda: program.page is not None, "sign-in page")
        page = program.page
        if page is None:
            raise StepFailed("no sign-in page")
        page.submitted.emit(self._stage.server.url, WORKSPACE, cast.MAYA, PASSWORD, "")
        self._console = await program.wait_signed_in()
        return f"{cast.MAYA} is signed in"

    async def _first_download(self) -> str:
        desk = self.console.core.desk
        await self._until(lambda: desk.connection.value.state == "live", "live")
        page = await desk.read(lambda reader: contacts(reader, limit=1))
        await self._until(lambda: desk.me.value is not None, "who one is")
        if not page.rows:
            raise StepFailed("no contacts came")
        await self._until(lambda: self.console.inbox.counts.value[0] > 1, "conversations in the inbox")
        found = await desk.read(lambda reader: contacts(reader, search=LUCA, limit=5))
        self._luca = await desk.read(lambda reader: contact(reader, found.rows[0].id))
        return f"{self.console.inbox.counts.value[0]} conversations are Maya's"

    async def _phone_registers(self) -> str:
        calls_desk = self.console.core.calls
        line = SipAccount(
            name=LINE_NAME, user=AGENT_LINE, domain=DOMAIN, proxy_host="127.0.0.1", proxy_port=self._stage.proxy.port, srtp="off"
        )
        await self.console.core.accounts.save(line, AGENT_PASSWORD)
        await self._until(lambda: calls_desk.lines.default.value.state == "registered", "registration")
        return "the registrar took the line"

    # ── the call ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _call_pops(self) -> str:
        popped: list[float] = []
        self.console.calls.popped.connect(lambda call: popped.append(time.monotonic_ns() / 1000 - call.invite_read_us))
        composer = self.console.inbox_page.talk.composer.text
        self._stage.program.window.activateWindow()
        composer.setFocus()
        await self._stage.customer.call()
        await self._until(lambda: bool(popped), "card")
        ringing = self.console.core.calls.ringing
        if ringing is None or ringing.card is None or ringing.card.name != LUCA:
            raise StepFailed(f"the card does not say {LUCA}")
        if QApplication.focusWidget() not in {composer, None}:
            raise StepFailed("the card took the typing focus")
        return f"{LUCA}'s card stood {popped[0] / 1000:.0f} ms after the INVITE was read; the typing focus stayed"

    async def _answer(self) -> str:
        self.console.calls.act("answer")
        async with asyncio.timeout(60):
            await self._stage.customer.is_talking.wait()
        await self._until(lambda: (call := self.console.core.calls.current) is not None and call.state == "active", "active call")
        return "customer and agent are connected"

    async def _hold(self) -> str:
        phone = self.console.core.calls
        self.console.calls.act("hold")
        await self._until(lambda: phone.current is not None and phone.current.state == "held", "held call")
        self.console.calls.act("hold")
        await self._until(lambda: phone.current is not None and phone.current.state == "active", "resumed call")
        return "held, and talked on"

    async def _note(self) -> str:
        panel = self.console.call_panel
        panel.write_note("Wants the corrected invoice before Thursday.")
        panel.choose("follow_up")
        return "typed while talking"

    async def _hang_up(self) -> str:
        phone = self.console.core.calls
        self.console.calls.act("end")
        await self._until(lambda: phone.wrap_up.value is not None, "wrap-up")
        async with asyncio.timeout(60):
            await self._stage.customer.is_over.wait()
        return "both sides hung up; the agent is in wrap-up"

    async def _wrap_up(self) -> str:
        self.console.call_panel.finish()
        await self._until(lambda: self.console.core.calls.wrap_up.value is None, "end of wrap-up")
        luca = self._luca
        if luca is None:
            raise StepFailed("nobody was called")
        await self._eventually(
            lambda: self.console.core.desk.read(
                lambda reader: (
                    any("Thursday" in each.text for each in notes(reader, contact_id=luca.id))
                    and calls(reader, contact_id=luca.id, limit=1).rows[0].disposition == "follow_up"
                )
            ),
            "note and disposition",
        )
        return "the note is on the customer, the call is logged as follow-up"

    async def _missed_call(self) -> str:
        phone = self.console.core.calls
        await self._stage.customer.call()
        await self._until(lambda: phone.ringing is not None, "ringing")
        await self._stage.customer.hang_up()
        await self._until(lambda: not phone.calls.value, "end of the call")
        await self._eventually(
            lambda: self.console.core.desk.read(lambda reader: calls(reader, limit=1).rows[0].outcome == "missed"), "missed call"
        )
        return "the log says missed, the inbox shows it unread"

    # ── people ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _palette(self) -> str:
        hits = await self.console.finder.find("0142")
        by_number = await self.console.finder.find("065550142")
        if not any(hit.title == LUCA for hit in [*hits.hits, *by_number.hits]):
            raise StepFailed("the number does not find the customer")
        self.console.palette.open()
        return f"{LUCA} found by a national number"

    async def _record(self) -> str:
        self.console.palette.close()
        if self._luca is None:
            raise StepFailed("nobody to show")
        self.console.open_contact(self._luca.id)
        await self._until(lambda: self.console.record_person.person.value is not None, "record")
        person = self.console.record_person.person.value
        return f"{len(person.recent) if person else 0} things on the timeline"

    # ── mail ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _mail_in(self) -> str:
        mail, console = self._stage.mail, self.console
        if mail is None:
            raise StepFailed("no mail server")
        console.window.show_page("inbox")
        subject = "Where is my parcel?"
        await asyncio.to_thread(mail.customer_writes, subject, "Good morning,\n\nmy parcel LOS-2210 has not come yet.\n\nAmara")
        await self._eventually(
            lambda: console.core.desk.read(lambda reader: _has_subject(reader, subject)), "the mail in the inbox"
        )
        found = await console.core.desk.read(
            lambda reader: next(row for row in conversations(reader, limit=50).rows if row.subject == subject)
        )
        if found.contact_name != AMARA:
            raise StepFailed(f"the mail is not linked to {AMARA}")
        console.open_conversation(found.id)
        await self._until(lambda: bool(console.thread_panel.items.value), "thread")
        return f"a real mail is in the inbox, from {AMARA}"

    async def _reply(self) -> str:
        mail, console = self._stage.mail, self.console
        if mail is None:
            raise StepFailed("no mail server")
        await console.thread_panel.send(REPLY)
        arrived = await asyncio.to_thread(mail.customer_reads, "looked it up")
        if arrived != 1:
            raise StepFailed(f"the customer got {arrived} copies")
        await self._until(
            lambda: any(item.message is not None and item.message.state == "sent" for item in console.thread_panel.items.value),
            "sent",
        )
        return "the customer got the answer once; it says sent"

    # ── without the server ────────────────────────────────────────────────────────────────────────────────────────────

    async def _server_stopped(self) -> str:
        await asyncio.to_thread(self._stage.server.stop)
        await self._until(lambda: self.console.core.desk.connection.value.state == "offline", "offline", 20)
        self.console.window.show_page("inbox")
        return "the console says it works offline"

    async def _edit_offline(self) -> str:
        if self._luca is None:
            raise StepFailed("nobody to edit")
        self.console.open_contact(self._luca.id)
        await self.console.record_person.open(self._luca.id)
        await self.console.record_person.edit(job_title="Head of fleet")
        await self.console.record_person.refresh()
        person = self.console.record_person.person.value
        if person is None or person.card.job_title != "Head of fleet":
            raise StepFailed("the edit is not there")
        return "a contact was edited"

    async def _task_offline(self) -> str:
        await self.console.record_person.add_task("Send the corrected invoice", None)
        return "a task was added"

    async def _note_offline(self) -> str:
        await self.console.record_person.add_note("Written while the server was away.")
        return "a note was added"

    async def _reply_offline(self) -> str:
        console = self.console
        amara = await console.core.desk.read(lambda reader: contacts(reader, search=AMARA, limit=1).rows[0].id)
        newest = await console.core.desk.read(
            lambda reader: next(row for row in conversations_of(reader, amara) if row.channel == "email")
        )
        console.open_conversation(newest.id)
        await console.thread_panel.open(newest.id)
        await console.thread_panel.send(OFFLINE_REPLY)
        items = console.thread_panel.items.value
        if not any(item.message is not None and item.message.state == "queued" for item in items):
            raise StepFailed("the reply does not wait")
        waiting = console.core.desk.connection.value.waiting
        console.outbox_glue.open()
        return f"a reply waits; {waiting} acts are in the outbox"

    async def _call_offline(self) -> str:
        phone = self.console.core.calls
        self.console.outbox_glue.close()
        await self._stage.customer.call()
        await self._until(lambda: phone.ringing is not None and phone.ringing.card is not None, "card without the server")
        if phone.ringing is None or phone.ringing.card is None or phone.ringing.card.name != LUCA:
            raise StepFailed("the caller is not known without the server")
        await self._stage.customer.hang_up()
        await self._until(lambda: not phone.calls.value, "end of the call")
        return "a call popped with the server down"

    async def _server_back(self) -> str:
        await asyncio.to_thread(self._stage.server.start)
        began = time.monotonic()
        self.console.core.syncer.wake()
        await self._until(lambda: self.console.core.desk.connection.value.state == "live", "live")
        return f"live again after {time.monotonic() - began:.1f} s"

    async def _synced(self) -> str:
        desk = self.console.core.desk
        await self._until(lambda: desk.connection.value.waiting == 0, "empty outbox")
        entries = await self.console.core.replica.outbox()
        refused = [entry.name for entry in entries if entry.state == "rejected"]
        if refused:
            raise StepFailed(f"refused: {refused}")
        told = await asyncio.to_thread(self._ask_server)
        return f"the outbox is empty; the server has {told}"

    def _ask_server(self) -> str:
        """Look from outside, through the REST API, as an administrator."""
        import httpx

        with httpx.Client(base_url=self._stage.server.url, timeout=60) as http:
            body = {"workspace": WORKSPACE, "email": cast.ADMINISTRATOR, "password": PASSWORD, "device": "tour"}
            token = http.post("/api/v1/sign-in", json=body).raise_for_status().json()["access_token"]
            http.headers["Authorization"] = f"Bearer {token}"
            if self._luca is None:
                raise StepFailed("nobody to ask for")
            card = http.get(f"/api/v1/contacts/{self._luca.id}").raise_for_status().json()
        if card["job_title"] != "Head of fleet":
            raise StepFailed(f"the server says {card['job_title']!r}")
        return "the edit made offline"

    # ── looks ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _dark(self) -> str:
        profile = self.console.core.sign_in.profile
        dress(msgspec.structs.replace(profile.appearance, scheme="dark"))
        self.console.window.show_page("inbox")
        return "every part follows the theme"

    async def _settings(self) -> str:
        dress(self.console.core.sign_in.profile.appearance)
        self.console.open_settings("phone")
        dialling = self.console.window.findChildren(DiallingCard)[0]
        await dialling.panel.put(DialRule(name="France without prefix", fits="country", value="FR", form="national"))
        dialling.number.setText(ABROAD)
        dialling.attempt()
        if [line.wire for line in dialling.panel.tried.value] != ["0123456789"]:
            raise StepFailed("the rule of dialling did not fit")
        mine = await self.console.core.desk.read(lambda reader: tasks(reader, owner_id=self.console.core.desk.user_id))
        if not any(task.title == "Send the corrected invoice" for task in mine):
            raise StepFailed("the task made offline is gone")
        queued = await self.console.core.desk.read(lambda reader: _queued(reader, self.console.thread_panel.conversation_id))
        return f"settings are shown; {queued} replies wait for a mail server"


def _has_subject(reader: Reader, subject: str) -> bool:
    return any(row.subject == subject for row in conversations(reader, limit=50).rows)


def _queued(reader: Reader, conversation_id: UUID | None) -> int:
    if conversation_id is None:
        return 0
    return sum(message.state == "queued" for message in thread(reader, conversation_id))
