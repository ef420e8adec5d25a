"""Two kinds of error: a `PatchbayError` tells a person what to do; all else is a bug."""

from string import Formatter
from typing import Any, ClassVar

from typing_extensions import override

REGISTRY: dict[str, type["PatchbayError"]] = {}


class PatchbayError(Exception):
    """Something that a person must hear about: a key, values, and a text that is translated at the edge.

    `text` is the English sentence with {value} places; other languages are looked up by `key` (app.kernel.texts).
    """

    key: ClassVar[str] = "error"
    text: ClassVar[str] = "Something went wrong."

    @override
    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "key" in cls.__dict__:
            taken = REGISTRY.setdefault(cls.key, cls)
            if taken is not cls:
                raise TypeError(f"two errors are called {cls.key}: {taken.__qualname__} and {cls.__qualname__}")

    def __init__(self, **values: Any) -> None:
        super().__init__(self.key, values)
        self.values = values

    @override
    def __str__(self) -> str:
        return fill(self.text, self.values)


def fill(template: str, values: dict[str, Any]) -> str:
    """The template with its places filled; a value that is missing shows as its name."""
    names = {name for _, name, _, _ in Formatter().parse(template) if name}
    return template.format(**{name: values.get(name, f"({name})") for name in names})


class Refused(PatchbayError):
    """A command that cannot be done; nothing of it is."""

    key = "refused"
    text = "This can't be done."


class BadValue(Refused):
    """A field holds something that it may not."""

    key = "bad_value"
    text = "{field}: {value} can't be used. {hint}"


class NamesNothing(BadValue):
    """A new record names another that never was; one that was deleted, or that its author does not see, has been."""

    key = "names_nothing"
    text = "{field}: there never was such a record. Choose another, or leave it empty."


class NotAllowed(Refused):
    """The person's roles do not give this right."""

    key = "not_allowed"
    text = "Your roles don't allow this ({permission}). Ask an administrator."


class FieldNotAllowed(NotAllowed):
    """The person's roles do not let this field be set."""

    key = "field_not_allowed"
    text = "Your roles don't allow setting {field}. Leave it as it is, or ask an administrator."


class NotInBulk(Refused):
    """A command that is given for one record at a time was one of a group."""

    key = "not_in_bulk"
    text = "{name} can't be done to many records at once."


class NotHere(Refused):
    """The record does not exist, is deleted, or may not be seen by the actor; on a replica: is not on this device."""

    key = "not_here"
    text = "This {kind} is not here: it was deleted, is out of your sight, or is not on this device."


class AlreadyExists(Refused):
    """A record of this id stands there already."""

    key = "already_exists"
    text = "This {kind} exists already."


class NeedsServer(Refused):
    """A command that may not run offline was given without a connection."""

    key = "needs_server"
    text = "This needs the server. Try again when you are connected."


class Superseded(Refused):
    """Somebody else changed the same fields later than this command was meant."""

    key = "superseded"
    text = "Somebody changed {field} after you. Look at it again."


class ChangedSince(Refused):
    """The command may not overwrite changes that its author had not seen."""

    key = "changed_since"
    text = "{field} was changed meanwhile. Look at it again, then repeat it."


class DependsOnRejected(Refused):
    """An earlier command that this one needs was refused."""

    key = "depends_on_rejected"
    text = "Something this builds on was refused. Settle that first."


class NotStorable(Refused):
    """The database would not take a value."""

    key = "not_storable"
    text = "The server could not store this. Check for unusual characters or sizes."


class UnknownCommand(Refused):
    """A command that this side does not know: one of the two is older."""

    key = "unknown_command"
    text = "The server doesn't know {name}. Update one of the two programs."


class HandlerFailed(Refused):
    """A bug in a handler: logged on the server, answered so that the commands behind it are not held up."""

    key = "handler_failed"
    text = "The server failed on this; it is in the server's log. Tell your administrator the time and what you did."


class BypassesCapture(Exception):
    """A bug: a statement that would write records behind the unit of work's back."""
