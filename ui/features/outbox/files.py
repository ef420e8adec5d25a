"""Files that the server does not take: which answers wait for them, why, and what can become of them; without Qt."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from app.desk.desk import Desk
from app.desk.outgoing import Outgoing, RefusedFile, try_to_send
from app.domain.attachments.commands import DiscardAnswer, RemoveFile, ReplyWithFiles, SentFile
from app.domain.attachments.queries import AttachmentCard, awaited
from app.domain.conflicts.queries import standing
from app.kernel.command import Command
from app.kernel.ids import derived_id
from app.kernel.observable import Observable
from app.kernel.reader import Reader
from app.kernel.texts import text_for
from app.kernel.words import tr
from ui.features.outbox.trouble import Trouble, Way


@dataclass(frozen=True, slots=True, kw_only=True)
class StuckFile:
    """One refused file in words, and the answers that can't leave before it is settled."""

    id: UUID
    file: SentFile
    what: str
    detail: str
    trouble: Trouble
    in_answers: tuple[AttachmentCard, ...]


class FileTroubles:
    """What the device's files say, beside the answers of the person that name them."""

    def __init__(self, desk: Desk, outgoing: Outgoing) -> None:
        self._desk, self._outgoing = desk, outgoing
        self.refused: Observable[tuple[RefusedFile, ...]] = outgoing.refused

    async def stuck(self) -> list[StuckFile]:
        """All of them, in the order in which they were refused."""
        refused = await self._outgoing.load_refused()
        if not refused:
            return []
        hashes = {each.file.sha256 for each in refused}

        def ask(reader: Reader) -> list[tuple[AttachmentCard, str]]:
            found = awaited(reader, hashes)
            return [(card, _title(reader, conversation_id)) for card, conversation_id in found]

        waiting = await self._desk.read(ask)
        return [self._told(each, [(card, to) for card, to in waiting if card.sha256 == each.file.sha256]) for each in refused]

    def _told(self, refused: RefusedFile, answers: list[tuple[AttachmentCard, str]]) -> StuckFile:
        titles = sorted({title for _, title in answers if title})
        detail = tr("Your answer waits for it: {0}").replace("{0}", ", ".join(titles)) if answers else tr("In a draft")
        return StuckFile(
            id=derived_id(self._desk.tenant_id, refused.file.sha256, "stuck"), file=refused.file,
            what=tr("File not sent: {0}").replace("{0}", refused.file.name), detail=detail,
            trouble=trouble_of_file(refused, has_answers=bool(answers)), in_answers=tuple(card for card, _ in answers),
        )  # fmt: skip

    async def retry(self, stuck: StuckFile) -> None:
        """Give it to the server once more."""
        await self._outgoing.again(stuck.file)
        self._desk.tasks.start(try_to_send(self._outgoing), name="files")

    async def remove(self, stuck: StuckFile) -> None:
        """The answers go without it."""
        for card in stuck.in_answers:
            await self._desk.run(RemoveFile(attachment_id=card.id))
        await self._outgoing.drop(stuck.file.sha256)

    async def discard(self, stuck: StuckFile) -> Callable[[], Awaitable[None]]:
        """The answers go nowhere; they come back as they were by the result, and the file waits again."""
        done = [await self._desk.run(DiscardAnswer(message_id=each)) for each in {card.message_id for card in stuck.in_answers}]
        await self._outgoing.drop(stuck.file.sha256, with_copy=False)

        async def bring_back() -> None:
            for issued in done:
                await self._desk.undo(issued.id)
            await self.retry(stuck)

        return bring_back

    async def let_go(self, commands: Iterable[Command]) -> list[SentFile]:
        """These answers go nowhere: their files do not either, unless another answer waits for them. Which those are."""
        named = {file.sha256 for each in commands if isinstance(each, ReplyWithFiles) for file in each.files}
        if not named:
            return []
        waiting = await self._desk.read(lambda reader: {card.sha256 for card, _ in awaited(reader, named)})
        withdrawn = [await self._outgoing.withdraw(sha256) for sha256 in sorted(named - waiting)]
        return [each for each in withdrawn if each is not None]

    async def bring_back(self, files: Iterable[SentFile]) -> None:
        """They wait for the server again, with their answers."""
        for each in files:
            await self._outgoing.again(each)


def trouble_of_file(refused: RefusedFile, *, has_answers: bool) -> Trouble:
    """Why, and the ways out."""
    titles = {
        "not_allowed": (tr("Not allowed any more"), tr("Your roles no longer allow sending files. Ask an administrator.")),
        "damaged_file": (
            tr("Damaged on this computer"), tr("It can't be read here any more. Remove it, and attach it again if you have it.")
        ),
        "server_trouble": (tr("The server does not take it"), tr("It may be too large, or of a kind that is not taken.")),
    }  # fmt: skip
    title, text = titles.get(refused.error, (tr("The server does not take it"), text_for(refused.error, dict(refused.values))))
    without = Way(id="remove", text=tr("Send without it") if has_answers else tr("Remove the file"), is_first=True)
    retry = Way(id="retry", text=tr("Try again"))
    discard = (Way(id="discard", text=tr("Discard the answer")),) if has_answers else ()
    ways = (without, *discard) if refused.error == "damaged_file" else (without, retry, *discard)
    return Trouble(kind="file", title=title, text=text, ways=ways)


def _title(reader: Reader, conversation_id: UUID) -> str:
    return standing(reader, "conversation", conversation_id).title
