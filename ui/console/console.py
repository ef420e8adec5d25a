"""The console of a person who is signed in: every page, and what opens what."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QStackedWidget, QWidget
from shiboken6 import isValid

from app.bootstrap import Core
from app.desk.presence import PresenceDesk
from app.desk.profile import Appearance
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
from ui.console.people import PeopleGlue
from ui.console.presence import PresenceGlue
from ui.console.reopen import Reopening
from ui.console.search import Finder
from ui.console.settings import settings_actions, settings_page
from ui.console.sharing import SharingGlue
from ui.console.sheets import ContactSheets
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
from ui.features.outbox.view import OutboxView
from ui.features.outbox.viewmodel import OutboxPanel
from ui.features.settings.view import SettingsPage
from ui.shell.main_window import MainWindow, Page
from ui.shell.palette import CommandPalette
from ui.shell.question import QuestionSheet
from ui.shell.strips import RAIL_WIDTH, STRIP_HEIGHT
from ui.theme.apply import wear

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
        self.outbox = OutboxPanel(desk, core.replica, core.syncer, FileTroubles(desk, core.files))
        self.palette: CommandPalette | None = None
        self.organisation: AccountPanel | None = None  # once the page of accounts was shown
        self._outbox_view: OutboxView | None = None
        self._build_inbox()
        self._add_pages()
        self.sheets, self.choosing = ContactSheets(self), Choosing(self)
        self.reopening, self.leaving = Reopening(self), Leaving(self)
        self.status = StatusGlue(window, core, self.outbox)
        self.calls = CallsGlue(window, core, self.call_panel, self.run)
        self.finder, self.away = Finder(self), AwayGlue(self)
        self.presence = PresenceGlue(self, PresenceDesk(core.desk, core.syncer))
        self.audit, self.offline, self.people_glue = AuditGlue(self), OfflineGlue(self), PeopleGlue(self)
        self._add_actions(ExportGlue(self), SharingGlue(self))
        self._connect()
        window.show_page("inbox")
        core.tasks.start(self._begin(), name="begin")

    def _add_actions(self, exporting: ExportGlue, sharing: SharingGlue) -> None:
        self.exporting, self.sharing, self.bulk, self.tagging = exporting, sharing, BulkGlue(self), TaggingGlue(self)
        glued = (*self.audit.actions(), *self.offline.actions(), *self.people_glue.actions(), *self.tagging.actions())
        glued += (*self.exporting.actions(), *self.sharing.actions(), *self.bulk.actions(), *LockGlue(self).actions())
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
        self.call_panel = CallPanel(core.calls, core.voice, desk, self.run)
        self.side.addWidget(self.contact_side)
        self.side.addWidget(self.call_panel)
        self.inbox_page = InboxPage(self.inbox, self.thread_panel, self.side, desk, self.run, core.tasks)

    def _add_pages(self) -> None:
        window, settings = self.window, partial(settings_page, self)
        pages = (
            Page(id="inbox", title=self.tr("Inbox"), icon="inbox", keys="G, I", build=lambda: self.inbox_page),
            Page(id="calls", title=self.tr("Calls"), icon="phone", keys="G, L", build=self._build_calls),
            Page(id="contacts", title=self.tr("Contacts"), icon="users", keys="G, C", build=self._build_contacts),
            Page(id="accounts", title=self.tr("Accounts"), icon="building-2", keys="G, O", build=self._build_accounts),
            Page(id="tasks", title=self.tr("Tasks"), icon="square-check-big", keys="G, K", build=self._build_tasks),
            Page(id="settings", title=self.tr("Settings"), icon="settings", keys="G, S", build=settings, is_low=True),
        )
        self.pages = pages
        for page in pages:
            window.add_page(page)

    def _build_calls(self) -> QWidget:
        from ui.features.calls.view import CallsPage
        from ui.features.calls.viewmodel import CallsList

        page = CallsPage(CallsList(self.core.desk, self.core.calls.lines), self.core.desk, self.core.tasks)
        page.opened.connect(self.open_conversation)
        page.export_wanted.connect(partial(self.exporting.choose, "calls"))
        return page

    def _build_contacts(self) -> QWidget:
        from ui.features.contacts.view import ContactsPage

        page = ContactsPage(self.people, self.record_person, self.core.desk, self.run, self.core.tasks)
        self.bulk.follow("contact", page.chosen, page.bar)
        page.dial_wanted.connect(self.calls.dial)
        page.new_wanted.connect(self.sheets.create)
        page.export_wanted.connect(partial(self.exporting.choose, "contacts"))
        page.record.share_wanted.connect(self.sharing.open_shown)
        page.record.tag_wanted.connect(self.tagging.open)
        page.record.edit_wanted.connect(self.sheets.edit_shown)
        page.record.history_wanted.connect(self.audit.open_shown_history)
        page.record.keep_wanted.connect(self.offline.keep_shown)
        page.record.account_wanted.connect(self.open_account)
        page.write_wanted.connect(lambda contact_id: self.run(self._write_to(contact_id)))
        page.fit(self.window.width())
        self.window.resized.connect(page.fit)
        return page

    def _build_accounts(self) -> QWidget:
        from ui.features.accounts.view import AccountsPage
        from ui.features.accounts.viewmodel import AccountPanel, AccountsList

        self.organisation = AccountPanel(self.core.desk)
        page = AccountsPage(AccountsList(self.core.desk), self.organisation, self.core.desk, self.run, self.core.tasks)
        self.bulk.follow("account", page.chosen, page.bar)
        page.contact_wanted.connect(self.open_contact)
        page.history_wanted.connect(self.audit.open_shown_history)
        page.keep_wanted.connect(self.offline.keep_shown)
        page.export_wanted.connect(partial(self.exporting.choose, "accounts"))
        page.share_wanted.connect(self.sharing.open_shown)
        page.tag_wanted.connect(self.tagging.open)
        return page

    def _build_tasks(self) -> QWidget:
        from ui.features.tasks.view import TasksPage
        from ui.features.tasks.viewmodel import TasksPanel

        panel = TasksPanel(self.core.desk)
        page = TasksPage(panel, self.core.desk, self.run)
        page.contact_wanted.connect(self.open_contact)
        self.bulk.follow("task", page.chosen, page.bar)
        page.history_wanted.connect(lambda task: self.audit.open_history("task", task.id, task.title))
        self.run(panel.refresh())
        return page

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
        self.messages.said_undoable.connect(self._say_undoable)
        self.messages.said_problem.connect(lambda text: window.toasts.show(text, tone="danger"))
        self.thread_panel.header.subscribe(self._conversation_shown)
        self.inbox.counts.subscribe(lambda counts: window.rail.set_badge("inbox", counts[0]))
        self.status.outbox_wanted.connect(self.open_outbox)
        self.status.phone_wanted.connect(lambda: self.open_settings("phone"))
        self.status.held_wanted.connect(self.offline.open_held)
        window.top.search.clicked.connect(self.open_palette)
        window.top.state.chosen.connect(self.choose_state)
        window.top.bell.clicked.connect(lambda: window.show_page("tasks"))
        window.resized.connect(self.inbox_page.fit)
        self._connect_people()

    def _connect_people(self) -> None:
        self.inbox_page.list.new_wanted.connect(self.open_palette)
        self.inbox_page.talk.assign_wanted.connect(self.choosing.assignee)
        self.inbox_page.talk.snooze_wanted.connect(self.choosing.snooze)
        self.inbox_page.talk.history_wanted.connect(self.audit.open_shown_history)
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

    def open_palette(self) -> None:
        """Search, or run a command."""
        self.open_palette_with("", only_records=False)

    def open_search(self) -> None:
        """Search alone."""
        self.open_palette_with("", only_records=True)

    def open_palette_with(self, typed: str, *, only_records: bool) -> None:
        """The palette, with this typed into it."""
        if self.palette is None:
            call = self.core.calls.current
            context = self.tr("Call with {0}").replace("{0}", call.who) if call is not None else ""
            self.palette = CommandPalette(
                self.window, self.window.actions_known, self.finder.find, self.core.tasks, pane=self.window.pane,
                context=context, only_records=only_records,
            )  # fmt: skip
            self.palette.closed.connect(self._palette_closed)
            self.palette.open()
            self.palette.input.setText(typed)

    def close_palette(self) -> None:
        """Put the palette away, if it is open."""
        if self.palette is not None:
            self.palette.close_palette()

    def _palette_closed(self) -> None:
        self.palette = None

    def open_outbox(self) -> None:
        """What waits for the server."""
        if self._outbox_view is None:
            view = OutboxView(self.window, self.outbox, self.run)
            view.decide_wanted.connect(self.decide)
            view.held_wanted.connect(self.offline.open_held)
            view.known_wanted.connect(self.open_contact)
            view.reopen_wanted.connect(lambda row: self.run(self.reopening.edit(row)))
            view.open_wanted.connect(self.reopening.show)
            view.copy_wanted.connect(self.reopening.copy)
            view.discarded.connect(partial(self._say_undoable, self.tr("Discarded.")))
            view.destroyed.connect(self._outbox_closed)
            self._outbox_view, self.outbox.is_shown = view, True
            self.run(self.outbox.refresh())
            view.show()
            view.sit(RAIL_WIDTH + 8, self.window.height() - STRIP_HEIGHT - 8)
            view.setFocus()

    def close_outbox(self) -> None:
        """Put the outbox away, if it is open."""
        if self._outbox_view is not None:
            self._outbox_view.leave()
            self._outbox_view, self.outbox.is_shown = None, False

    def _outbox_closed(self) -> None:
        if self._outbox_view is not None and not isValid(self._outbox_view):  # another may be open by now
            self._outbox_view, self.outbox.is_shown = None, False

    def decide(self, conflict_id: UUID | None = None) -> None:
        """Two acts met in one field: the dialog of this one, or of the oldest."""
        self.run(self._decide(conflict_id))

    async def _decide(self, conflict_id: UUID | None) -> None:
        from ui.features.conflicts.view import ConflictDialog

        is_open = self.conflicts.decision.value is not None
        await self.conflicts.open(conflict_id)
        if self.conflicts.decision.value is None:
            self.messages.done(self.tr("There is nothing to decide."))
        elif not is_open:
            outbox = self._outbox_view
            beside = outbox.right if outbox is not None and isValid(outbox) else 0
            if beside and not ConflictDialog.has_room(self.window.width(), beside):
                self.close_outbox()
                beside = 0
            ConflictDialog(self.window, self.window.pane, self.conflicts, self.run, beside=beside).open()

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
        self.side.setCurrentWidget(self.contact_side)

    def _say_done(self, text: str, can_undo: bool) -> None:
        toast = self.window.toasts.show(text, act=self.tr("Undo") if can_undo else "", keys=("Ctrl", "Z") if can_undo else ())
        toast.acted.connect(self.undo)

    def _say_undoable(self, text: str, take_back: Callable[[], Coroutine[Any, Any, None]]) -> None:
        toast = self.window.toasts.show(text, act=self.tr("Undo"))
        toast.acted.connect(lambda: self.run(take_back()))

    def wear(self, appearance: Appearance) -> None:
        """Look otherwise from now on."""
        dress(appearance)


def dress(appearance: Appearance) -> None:
    """Show the application as the person likes it."""
    wear(
        appearance.scheme, text_percent=appearance.text_percent, is_compact=appearance.density == "compact",
        is_still=appearance.reduced_motion, contrast=appearance.contrast,
    )  # fmt: skip
