"""What narrows the list that is shown, with its keys."""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ui.shell.actions import Action

if TYPE_CHECKING:
    from ui.console.console import Console


@runtime_checkable
class Narrowed(Protocol):
    """A page with a list that can be narrowed."""

    def narrow(self) -> None:
        """Begin to choose what narrows it."""

    def show_all(self) -> None:
        """Nothing narrows it any more."""

    def go_to_list(self) -> None:
        """Out of a field, into the list."""


def narrowed_page(console: "Console") -> Narrowed | None:
    """The one that is shown, if it is such a page."""
    page: object = console.window.stack.currentWidget()
    return page if isinstance(page, Narrowed) else None


def narrowing_actions(console: "Console") -> list[Action]:
    """Possible on the pages with such a list."""

    def narrow() -> None:
        if (page := narrowed_page(console)) is not None:
            page.narrow()

    def show_all() -> None:
        if (page := narrowed_page(console)) is not None:
            page.show_all()

    group = console.tr("Everywhere")
    return [
        Action(
            id="list.narrow", title=console.tr("Narrow this list"), group=group, keys="F", icon="list-filter", run=narrow,
            is_possible=lambda: narrowed_page(console) is not None,
        ),
        Action(
            id="list.all", title=console.tr("Show all of this list"), group=group, keys="Shift+F", icon="x", run=show_all,
            is_possible=lambda: narrowed_page(console) is not None,
        ),
    ]  # fmt: skip
