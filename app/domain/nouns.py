"""Every noun, so that its records and commands are known; both programs import this once, at start."""

from app.domain.accounts import commands as _accounts
from app.domain.attachments import commands as _attachments
from app.domain.calls import commands as _calls
from app.domain.calls import recording as _recording
from app.domain.conflicts import commands as _conflicts
from app.domain.contacts import commands as _contacts
from app.domain.contacts import erasing as _erasing
from app.domain.contacts import merging as _merging
from app.domain.conversations import commands as _conversations
from app.domain.identities import commands as _identities
from app.domain.messages import commands as _messages
from app.domain.notes import commands as _notes
from app.domain.roles import adding as _adding
from app.domain.roles import commands as _roles
from app.domain.roles import keeping as _keeping
from app.domain.scopes import commands as _scopes
from app.domain.shares import commands as _shares
from app.domain.tasks import commands as _tasks
from app.domain.teams import commands as _teams
from app.domain.tenants import commands as _tenants
from app.domain.territories import commands as _territories
from app.domain.users import commands as _users
from app.kernel import restore as _restore
from app.kernel import undo as _undo

NOUNS = (
    _tenants, _users, _teams, _roles, _adding, _keeping, _identities, _contacts, _merging, _erasing, _accounts, _conversations,
    _messages, _attachments, _calls, _recording, _notes, _tasks, _conflicts, _territories, _shares, _scopes, _undo, _restore,
)  # fmt: skip
