"""The console of a person who is signed in: every page, and what opens what."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from app.bootstrap import Core
from app.desk.presence import PresenceDesk
from app.desk.telephony import LiveCall
from app.domain.contacts.queries import contact
from app.domain.conversations.commands import StartConversation
from app.domain.conversations.queries import ConversationRow
from app.kernel.errors import BadValue
from app.kernel.ids import new_id
from ui.bridge.acts import Run
from ui.bridge.messages import Messages
from ui.console.audit import AuditGlue
from ui.console.away import AwayGlue
from ui.console.bulk import BulkGlue
from ui.console.calls import CallsGlue
from ui.console.choosing import Choosing
from ui.console.exporting import ExportGlue
from ui.console.keys import console_actions
from ui.console.leaving import Leaving
from ui.console.locking import LockGlue
from ui.console.offline import OfflineGlue
from ui.console.outbox import OutboxGlue
from ui.console.pages import Pages
from ui.console.palette import PaletteGlue
from ui.console.people import PeopleGlue
from ui.console.presence import PresenceGlue
from ui.console.recording import RecordingGlue
from ui.console.search import Finder
from ui.console.settings import settings_actions
from ui.console.sharing import SharingGlue
from ui.console.sheets import ContactSheets
from ui.console.shown import ShownRecord
from ui.console.status import StatusGlue
from ui.console.tagging import TaggingGlue
from ui.features.calls.panel import CallPanel
from ui.features.conflicts.viewmodel import ConflictPanel
from ui.features.contacts.side_view import ContactSide
from ui.features.contacts.viewmodel import ContactEditor, ContactPanel, ContactsList
from ui.features.conversations.files_panel import FilesPanel
from ui.features.conversations.inbox import InboxList
from ui.features.conversations.view import InboxPage
from ui.features.conversations.viewmodel import ThreadPanel
from ui.features.outbox.files import FileTroubles
from ui.features.outbox.viewmodel import OutboxPanel
from ui.features.settings.view import SettingsPage
from ui.shell.main_window import MainWindow
from ui.shell.question import QuestionSheet

if TYPE_CHECKING:
    from ui.features.accounts.viewmodel import AccountPanel


class Console(QObject):
    """Holds the parts together for as long as the person is signed in."""

    def __init__(self, window: MainWindow, core: Core) -> None:
        super().__init__(window)
        self.window, self.core = window, core
        self.messages = Messages(self)
        self.run = Run(core.tasks, self.messages)
        desk = core.desk
        self.inbox, self.thread_panel = InboxList(desk), ThreadPanel(desk, core.drafts, FilesPanel(core.files, core.tasks))
        self.side_person, self.record_person = ContactPanel(desk), ContactPanel(desk, is_whole=True)
        self.people, self.editor, self.conflicts = ContactsList(desk), ContactEditor(desk), ConflictPanel(desk)
        self.outbox = OutboxPanel(desk, core.replica, core.syncer, FileTroubles(desk, core.files.outgoing))
        self.organisation: AccountPanel | None = None  # once the page of accounts was shown
        self.shown = ShownRecord(self)
        self._build_inbox()
        self.pages = Pages(self)
        self.sheets, self.choosing, self.leaving = ContactSheets(self), Choosing(self), Leaving(self)
        self.status = StatusGlue(window, core, self.outbox)
        self.calls = CallsGlue(window, core, self.call_panel, self.run)
        self.finder, self.away = Finder(self), AwayGlue(self)
        self.palette, self.outbox_glue = PaletteGlue(self), OutboxGlue(self)
        self.presence = PresenceGlue(self, PresenceDesk(core.desk, core.syncer))
        self.audit, self.offline, self.people_glue = AuditGlue(self), OfflineGlue(self), PeopleGlue(self)
        self.exporting, self.sharing, self.locking = ExportGlue(self), SharingGlue(self), LockGlue(self)
        self.bulk, self.tagging, self.recording = BulkGlue(self), TaggingGlue(self), RecordingGlue(self)
        self._add_actions()
        self._begin_at_the_inbox()

    def _begin_at_the_inbox(self) -> None:
        self._connect()
        self.window.show_page("inbox")
        self.core.tasks.start(self._begin(), name="begin")

    def _add_actions(self) -> None:
        glued = (*self.audit.actions(), *self.offline.actions(), *self.people_glue.actions(), *self.tagging.actions())
        glued += (
            *self.exporting.actions(),
            *self.sharing.actions(),
            *self.bulk.actions(),
            *self.locking.actions(),
            *self.recording.actions(),
        )
        self.window.actions_known.add(*console_actions(self), *settings_actions(self), *glued)

    async def _begin(self) -> None:
        """First what is on the screen (its rows are read before the counts); then sync and the phone."""
        counted = self.core.tasks.task(self.inbox.count(), name="counts")
        await asyncio.wait({counted})  # also when it fails; but not when the console closes meanwhile
        self.core.begin()
        if (kept := self.core.replica.rescued) is not None:
            said = self.tr("The data on this device was damaged and is downloaded again. Of what you did, {0} acts were kept.")
            self.messages.problem(said.replace("{0}", str(kept)))

    def _build_inbox(self) -> None:
        core, desk = self.core, self.core.desk
        self.side = QStackedWidget()
        self.contact_side = ContactSide(self.side_person, desk, self.run)
        self.call_panel = CallPanel(core.calls, core.voice, desk, self.run, core.taping)
        self.side.addWidget(self.contact_side)
        self.side.addWidget(self.call_panel)
        self.inbox_page = InboxPage(self.inbox, self.thread_panel, self.side, desk, self.run, core.tasks)

    def open_settings(self, section: str) -> None:
        """One section of the settings; who may not see it is told so."""
        page = self.window.show_page("settings")
        if isinstance(page, SettingsPage) and page.may_show(section):
            page.show_section(section)
        elif isinstance(page, SettingsPage):
            self.messages.problem(self.tr("Your roles don't let you see this part of the settings. Ask an administrator."))

    def find_setting(self) -> None:
        """Into the field that finds a setting."""
        page = self.window.show_page("settings")
        if isinstance(page, SettingsPage):
            page.search.setFocus()

    def _connect(self) -> None:
        window = self.window
        self.messages.said_done.connect(self._say_done)
        self.messages.asked.connect(lambda question, answer: QuestionSheet(window, window.pane, question, answer).open())
        self.messages.said_undoable.connect(self.say_undoable)
        self.messages.said_problem.connect(lambda text: window.toasts.show(text, tone="danger"))
        self.inbox_page.talk.player_of = self.recording.player_of
        self.thread_panel.header.subscribe(self._conversation_shown)
        self.inbox.counts.subscribe(lambda counts: window.rail.set_badge("inbox", counts[0]))
        self.status.outbox_wanted.connect(self.outbox_glue.open)
        self.status.phone_wanted.connect(lambda: self.open_settings("phone"))
        self.status.held_wanted.connect(self.offline.open_held)
        window.top.search.clicked.connect(self.palette.open)
        window.top.state.chosen.connect(self.choose_state)
        window.top.bell.clicked.connect(lambda: window.show_page("tasks"))
        window.resized.connect(self.inbox_page.fit)
        self._connect_people()

    def _connect_people(self) -> None:
        self.inbox_page.list.new_wanted.connect(self.palette.open)
        self.inbox_page.talk.assign_wanted.connect(self.choosing.assignee)
        self.inbox_page.talk.snooze_wanted.connect(self.choosing.snooze)
        self.inbox_page.talk.history_wanted.connect(self.audit.open_shown_history)
        self.inbox_page.talk.lock_wanted.connect(self.locking.turn)
        self.contact_side.dial_wanted.connect(self.calls.dial)
        self.contact_side.record_wanted.connect(self.open_contact)
        self.contact_side.create_wanted.connect(self.sheets.create_for)
        self.calls.opened.connect(self.open_contact)
        self.calls.create_wanted.connect(lambda number: self.sheets.create(phone=number))
        self.calls.fix_wanted.connect(lambda: self.open_settings("phone"))
        self.calls.call_began.connect(self._call_began)
        self.calls.call_over.connect(self._call_over)

    # ── what opens what ───────────────────────────────────────────────────────────────────────────────────────────────

    def open_conversation(self, conversation_id: UUID) -> None:
        """Go to the inbox and show it."""
        self.window.show_page("inbox")
        self.inbox_page.show_conversation(conversation_id)

    def open_contact(self, contact_id: UUID, note: str = "") -> None:
        """Somebody's page; with a note, the caret is behind it."""
        from ui.features.contacts.view import ContactsPage

        page = self.window.show_page("contacts")
        if isinstance(page, ContactsPage):
            page.open_record(contact_id)
            if note:
                page.record.begin_note(note)

    def open_account(self, account_id: UUID) -> None:
        """An organisation, beside the list of them."""
        from ui.features.accounts.view import AccountsPage

        page = self.window.show_page("accounts")
        if isinstance(page, AccountsPage):
            page.open_account(account_id)

    def write_to(self, contact_id: UUID) -> None:
        """A new e-mail to somebody."""
        self.run(self._write_to(contact_id))

    async def _write_to(self, contact_id: UUID) -> None:
        person = await self.core.desk.read(lambda reader: contact(reader, contact_id))
        address = next((each.value for each in person.identities if each.kind == "email" and each.is_valid), None)
        if address is None:
            raise BadValue(field="email", value="(none)", hint="Give the contact an address first.")
        conversation_id = new_id()
        await self.core.desk.run(
            StartConversation(conversation_id=conversation_id, channel="email", address=address, contact_id=contact_id)
        )
        self.open_conversation(conversation_id)
        self.inbox_page.talk.composer.begin(is_note=False)

    def choose_state(self, state: str) -> None:
        """Say whether one is available."""
        self.run(self.core.agent.choose(state))

    @staticmethod
    def begin_task(page: QWidget, title: str) -> None:
        """The line of a new task, with what was typed."""
        from ui.features.tasks.view import TasksPage

        if isinstance(page, TasksPage):
            page.new.setText(title)
            page.new.setFocus()

    def undo(self) -> None:
        """Take the last act back."""
        self.bulk.undo()

    # ── following ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _conversation_shown(self, header: ConversationRow | None) -> None:
        self.contact_side.show_address((header.address or "") if header else None)
        self.run(self.side_person.open(header.contact_id if header else None))

    def _call_began(self, call: LiveCall) -> None:
        """The customer's card is beside the call from its first second."""
        self.side.setCurrentWidget(self.call_panel)
        if call.sip_call_id:
            self.open_conversation(self.core.calls.conversation_of(call))
        self.call_panel.begin_note()

    def _call_over(self) -> None:
        """Who was at the call's panel goes on with the list: Qt would choose the first thing beside it."""
        was_there = self.call_panel.isAncestorOf(QApplication.focusWidget() or self.side)
        self.side.setCurrentWidget(self.contact_side)
        if was_there:
            self.inbox_page.list.list.setFocus()

    def _say_done(self, text: str, can_undo: bool) -> None:
        toast = self.window.toasts.show(text, act=self.tr("Undo") if can_undo else "", keys=("Ctrl", "Z") if can_undo else ())
        toast.acted.connect(self.undo)

    def say_undoable(self, text: str, take_back: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Say what was done; `take_back` undoes it."""
        toast = self.window.toasts.show(text, act=self.tr("Undo"))
        toast.acted.connect(lambda: self.run(take_back()))
