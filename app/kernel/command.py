"""Commands: every change is one of these, and one function carries it out."""

import dataclasses
import inspect
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias, TypeVar, dataclass_transform, get_args, get_type_hints
from uuid import UUID

import msgspec
from typing_extensions import override

from app.kernel.errors import BadValue, UnknownCommand

if TYPE_CHECKING:
    from app.kernel.work import UnitOfWork

Handler: TypeAlias = "Callable[[UnitOfWork, Any], Any]"
Foresight: TypeAlias = Callable[[UUID, Any], Iterator[tuple[str, UUID]]]
OnConflict: TypeAlias = Literal["decide", "reject", "commute"]  # later act wins · never over unseen changes · cannot clash
RESERVED = frozenset({"verb", "permission", "offline", "has_effects", "on_conflict", "no_undo", "in_bulk", "refs", "names"})
F = TypeVar("F", bound=Callable[..., Any])


@dataclasses.dataclass(frozen=True)
class Ref:
    """Marks an argument that names a record of this kind; it must exist, or with `new` must not."""

    kind: str
    new: bool = False
    even_deleted: bool = False


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Command:
    """A wish to change something: its arguments only; who, when and where are in `Issued`."""

    verb: ClassVar[str]  # not `name`, which is an argument of too many commands
    permission: ClassVar[str]
    offline: ClassVar[bool]
    has_effects: ClassVar[bool]
    on_conflict: ClassVar[OnConflict]
    no_undo: ClassVar[str]  # why it is not taken back; empty: it is
    in_bulk: ClassVar[bool]  # may be one of a group, which asks for "noun:bulk" beside its own right
    refs: ClassVar[tuple[tuple[str, Ref], ...]]

    @override
    def __init_subclass__(
        cls, *, name: str, permission: str, offline: bool, has_effects: bool = False, on_conflict: OnConflict = "decide",
        no_undo: str = "", in_bulk: bool = False,
    ) -> None:  # fmt: skip
        if taken := RESERVED & inspect.get_annotations(cls).keys():
            raise TypeError(f"{name}: {taken} would hide what every command says of itself")
        cls.verb, cls.permission, cls.offline = name, permission, offline
        cls.has_effects, cls.on_conflict, cls.no_undo = has_effects, on_conflict, no_undo
        cls.in_bulk = in_bulk
        dataclasses.dataclass(frozen=True, kw_only=True)(cls)
        hints = get_type_hints(cls, include_extras=True)
        cls.refs = tuple((argument, mark) for argument, hint in hints.items() for mark in _marks(hint) if isinstance(mark, Ref))
        COMMANDS[name] = cls

    def names(self) -> Iterator[tuple[Ref, UUID]]:
        """Every record that the arguments name."""
        for argument, mark in self.refs:
            if (record_id := getattr(self, argument)) is not None:
                yield mark, record_id


def _marks(hint: Any) -> tuple[Any, ...]:
    """What an argument's type is annotated with, also where it may be left out."""
    return (*getattr(hint, "__metadata__", ()), *(mark for part in get_args(hint) for mark in getattr(part, "__metadata__", ())))


COMMANDS: dict[str, type[Command]] = {}
HANDLERS: dict[type[Command], Handler] = {}
FORESEEN: dict[type[Command], Foresight] = {}


def handles(command: type[Command]) -> Callable[[F], F]:
    """Registers the one function that carries the command out."""

    def register(handler: F) -> F:
        if command in HANDLERS:
            raise TypeError(f"{command.verb} has two handlers")
        HANDLERS[command] = handler
        return handler

    return register


def foresees(command: type[Command]) -> Callable[[F], F]:
    """Registers what tells, of a tenant's command, which records (kind and id) its handler will look for beside those it names.

    The server reads them together for all commands of a push; what is not foretold is looked for by itself.
    """

    def register(tell: F) -> F:
        FORESEEN[command] = tell
        return tell

    return register


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """A command that somebody gave, with everything needed to carry it out anywhere, again, alike."""

    id: UUID
    name: str
    body: msgspec.Raw
    actor_id: UUID
    device: str
    acted_us: int  # in the server's time as the device knows it, never going back
    seen: dict[UUID, int] = {}  # record → version that the actor looked at
    needs: tuple[UUID, ...] = ()  # commands that must not have been rejected
    group: UUID | None = None  # of all the commands that one act on many records gave
    spoken: int = 1  # the protocol in whose names and arguments it is written

    @property
    def command(self) -> Command:
        """The command itself; `UnknownCommand` or `BadValue` when this side cannot read it."""
        kind = COMMANDS.get(self.name)
        if kind is None:
            raise UnknownCommand(name=self.name)
        try:
            return msgspec.msgpack.decode(self.body, type=kind)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise BadValue(field=self.name, value="", hint=str(error)) from error


def body_of(command: Command) -> msgspec.Raw:
    """The command's arguments as they travel."""
    return msgspec.Raw(msgspec.msgpack.encode(command))
