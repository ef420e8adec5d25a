"""What follows an answer: the mail is sent once, kept in the folder for sent mail, and the message says how far it came."""

from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from app.domain.messages.commands import IS_AFTER_ALL, SetMessageState
from app.kernel.errors import NotHere, PatchbayError
from app.kernel.ids import derived_id
from app.kernel.permissions import system_actor
from server.database.away import DatabaseAway
from server.database.blobs import BlobsAway
from server.database.inboxes import InboxSettings, inboxes
from server.database.jobs import IS_RESTORED, Job, TryLater, before
from server.database.store import TenantStore
from server.features.messages.outgoing import CannotSend, Draft, FileAwaited, gather, mail_of
from server.gateways.api import Accepted, OutboundMessage, Rejected, Retry, Unknown
from server.gateways.email.compose import compose
from server.gateways.email.gateway import EmailGateway

DEVICE = "gateway:email"
MOST_TRIES = 9  # below the runner's own limit, so that the message says that it failed
LONGEST_WAIT_S = 3600.0
LOOK_AGAIN_S = 2.0
FILE_WAIT_S = 15.0  # when it has come, the wait ends at once
UNSURE = "The server ended while this was being sent: it may have been sent. Look into the folder for sent mail."
UNSURE_SINCE = (
    "A backup was restored in which this was still to be sent: it may have been sent since. Look into the folder for sent mail."
)
Open = Callable[[InboxSettings], EmailGateway]


class EmailSender:
    """The effect "email.send". Before the mail server is asked the message is "sending"; found so later, it is not sent again."""

    def __init__(self, open_gateway: Open, token_key: bytes) -> None:
        self._open_gateway, self._token_key = open_gateway, token_key

    async def __call__(self, store: TenantStore, job: Job) -> None:
        """Bring the message that the job names one step further; raises `TryLater` when there is one more."""
        with suppress(NotHere):  # taken back before it left: nobody has it, and nobody gets it
            if await _is_left_to(store, job):
                await self._carry_out(store, job)

    async def _carry_out(self, store: TenantStore, job: Job) -> None:
        message_id, conversation_id = UUID(str(job.payload["message_id"])), UUID(str(job.payload["conversation_id"]))
        draft = await store.read(lambda reader: gather(reader, message_id, conversation_id), _system(store))
        if draft.message.state == "sending":
            await _tell(store, job, draft, "failed", UNSURE)
        if draft.message.state == "queued" and job.payload.get(IS_RESTORED):
            await _tell(store, job, draft, "failed", UNSURE_SINCE)
            return
        if draft.message.state not in {"queued", "sent"}:
            return
        try:
            inbox = await _inbox(store, draft)
            mail = await mail_of(store, inbox, draft, self._token_key)
            gateway = self._open_gateway(inbox)
        except (FileAwaited, BlobsAway) as error:
            await _wait(store, job, draft, FILE_WAIT_S, str(error))
            return
        except DatabaseAway:  # it is taken up again when the lease ends
            raise
        except PatchbayError as error:  # the settings or the answer are not right: a person must look
            await _tell(store, job, draft, "failed", str(error))
            return
        if draft.message.state == "queued":
            await _send(store, job, draft, gateway, mail)
        else:
            await _keep(gateway, compose(mail))


async def _is_left_to(store: TenantStore, job: Job) -> bool:
    """Whether nobody else sends an answer that was taken back and is there again; `TryLater` while that is not known."""
    if not job.payload.get(IS_AFTER_ALL):
        return True
    states = await store.look(lambda each: before(each, job, "message_id", IS_AFTER_ALL))
    if "leased" in states:
        raise TryLater("It is about to be known whether it was found taken back.", LOOK_AGAIN_S)
    return not states


async def _send(store: TenantStore, job: Job, draft: Draft, gateway: EmailGateway, mail: OutboundMessage) -> None:
    await _tell(store, job, draft, "sending", key=mail.message_key)
    try:
        outcome = await gateway.send(mail)
    except PatchbayError as error:  # settings that must not be used; nothing went out
        await _tell(store, job, draft, "failed", str(error))
        return
    match outcome:
        case Accepted(sent=raw, refused=refused):
            left_out = "; ".join(f"not to {each.address}: {each.reason}" for each in refused)
            await _tell(store, job, draft, "sent", left_out or None)
            await _keep(gateway, raw)
        case Retry(after_s=after_s, reason=reason):
            await _wait(store, job, draft, after_s, reason)
        case Rejected(code=code, reason=reason):
            await _tell(store, job, draft, "failed", reason if code in reason else f"{code} {reason}")
        case Unknown(reason=reason):
            await _tell(store, job, draft, "failed", f"It may have been sent. {reason}")


async def _wait(store: TenantStore, job: Job, draft: Draft, after_s: float, reason: str) -> None:
    """Nothing went out: again later, with longer and longer pauses, and not for ever."""
    if job.attempts >= MOST_TRIES:
        await _tell(store, job, draft, "failed", f"Given up after {job.attempts} tries: {reason}")
        return
    await _tell(store, job, draft, "queued", reason)
    raise TryLater(reason, min(after_s * 2 ** (job.attempts - 1), LONGEST_WAIT_S))


async def _keep(gateway: EmailGateway, raw: bytes) -> None:
    """The copy in the server's own folder, once; the mail is out, so only this is tried again."""
    try:
        await gateway.keep_sent(raw)
    except PatchbayError as error:
        raise TryLater(f"The copy for the folder of sent mail: {error}") from error


async def _inbox(store: TenantStore, draft: Draft) -> InboxSettings:
    """The conversation's own inbox; the first that is active where it has none."""
    known = await store.look(lambda each: inboxes(each, store.tenant_id))
    active = [inbox for inbox in known if inbox.is_active]
    if not active:
        raise CannotSend(why="No e-mail inbox is set up.")
    return next((inbox for inbox in active if inbox.key == draft.header.inbox_key), active[0])


async def _tell(
    store: TenantStore, job: Job, draft: Draft, state: str, reason: str | None = None, *, key: str | None = None
) -> None:
    command = SetMessageState(message_id=draft.message.id, state=state, reason=reason, message_key=key)
    await store.issue(command, _system(store), DEVICE, command_id=derived_id(job.id, state, str(job.attempts)))


def _system(store: TenantStore) -> UUID:
    return system_actor(store.tenant_id).user_id
