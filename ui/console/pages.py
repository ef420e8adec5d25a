"""The pages of the console: each is built when it is first shown, and its wishes are given to what carries them out."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from ui.console.settings import settings_page
from ui.shell.main_window import Page

if TYPE_CHECKING:
    from ui.console.console import Console


class Pages(QObject):
    """In the order of the rail; a page's module is imported when the page is built."""

    def __init__(self, console: "Console") -> None:
        super().__init__(console)
        self._console = console
        self.all = (
            Page(id="inbox", title=self.tr("Inbox"), icon="inbox", keys="G, I", build=lambda: console.inbox_page),
            Page(id="calls", title=self.tr("Calls"), icon="phone", keys="G, L", build=self._calls),
            Page(id="contacts", title=self.tr("Contacts"), icon="users", keys="G, C", build=self._contacts),
            Page(id="accounts", title=self.tr("Accounts"), icon="building-2", keys="G, O", build=self._accounts),
            Page(id="tasks", title=self.tr("Tasks"), icon="square-check-big", keys="G, K", build=self._tasks),
            Page(
                id="settings", title=self.tr("Settings"), icon="settings", keys="G, S", build=partial(settings_page, console),
                is_low=True,
            ),
        )  # fmt: skip
        for page in self.all:
            console.window.add_page(page)

    def _calls(self) -> QWidget:
        from ui.features.calls.view import CallsPage
        from ui.features.calls.viewmodel import CallsList

        console, core = self._console, self._console.core
        page = CallsPage(CallsList(core.desk, core.calls.lines), core.desk, core.tasks)
        page.opened.connect(console.open_conversation)
        page.export_wanted.connect(partial(console.exporting.choose, "calls"))
        return page

    def _contacts(self) -> QWidget:
        from ui.features.contacts.view import ContactsPage

        console, core = self._console, self._console.core
        page = ContactsPage(console.people, console.record_person, core.desk, console.run, core.tasks)
        console.bulk.follow("contact", page.chosen, page.bar)
        page.dial_wanted.connect(console.calls.dial)
        page.new_wanted.connect(console.sheets.create)
        page.export_wanted.connect(partial(console.exporting.choose, "contacts"))
        page.record.share_wanted.connect(console.sharing.open_shown)
        page.record.player_of = console.recording.player_of
        page.record.tag_wanted.connect(console.tagging.open)
        page.record.lock_wanted.connect(console.locking.turn)
        page.record.edit_wanted.connect(console.sheets.edit_shown)
        page.record.identity_wanted.connect(console.sheets.add_identity)
        page.record.history_wanted.connect(console.audit.open_shown_history)
        page.record.keep_wanted.connect(console.offline.keep_shown)
        page.record.account_wanted.connect(console.open_account)
        page.write_wanted.connect(console.write_to)
        page.fit(console.window.width())
        console.window.resized.connect(page.fit)
        return page

    def _accounts(self) -> QWidget:
        from ui.features.accounts.view import AccountsPage
        from ui.features.accounts.viewmodel import AccountPanel, AccountsList

        console, core = self._console, self._console.core
        console.organisation = panel = AccountPanel(core.desk)
        page = AccountsPage(AccountsList(core.desk), panel, core.desk, console.run, core.tasks)
        console.bulk.follow("account", page.chosen, page.bar)
        page.export_wanted.connect(partial(console.exporting.choose, "accounts"))
        page.record.contact_wanted.connect(console.open_contact)
        page.record.history_wanted.connect(console.audit.open_shown_history)
        page.record.keep_wanted.connect(console.offline.keep_shown)
        page.record.share_wanted.connect(console.sharing.open_shown)
        page.record.tag_wanted.connect(console.tagging.open)
        page.record.lock_wanted.connect(console.locking.turn)
        return page

    def _tasks(self) -> QWidget:
        from ui.features.tasks.view import TasksPage
        from ui.features.tasks.viewmodel import TasksPanel

        console, core = self._console, self._console.core
        panel = TasksPanel(core.desk)
        page = TasksPage(panel, core.desk, console.run)
        page.contact_wanted.connect(console.open_contact)
        console.bulk.follow("task", page.chosen, page.bar)
        page.history_wanted.connect(lambda task: console.audit.open_history("task", task.id, task.title))
        console.run(panel.refresh())
        return page
