"""Getting in: by the server's word the first time, by what this device keeps after that, also without the server."""

import contextlib
import platform
import shutil

import msgspec

from app.desk.keys import FILES, REPLICA, DeviceKeys, following
from app.desk.profile import FIRST, OPENED, NotSaved, Profile, ProfileStore, new_device
from app.desk.secrets import FileSecrets, KeyringSecrets, NoKeyring, Secrets
from app.desk.server_api import SignedIn, Tokens, choose_password, sign_in
from app.kernel.errors import BadValue

REFRESH_TOKEN = "refresh-token"  # noqa: S105 - the name under which it is kept
SIP_PASSWORD = "sip-password"  # noqa: S105 - the name under which it is kept


class SignIn:
    """What this device knows of the person, and how they come in."""

    def __init__(self, store: ProfileStore) -> None:
        self.store = store
        self.profile = store.load()
        self.secrets: Secrets | None = None
        self.keys: DeviceKeys | None = None

    @property
    def is_known(self) -> bool:
        """Whether somebody signed in here before."""
        return self.profile.user_id is not None and self.store.replica_path.exists()

    def open_keyring(self) -> bool:
        """Try the system's keyring; false when there is none, or the keys are in a file that a password opens."""
        if self.profile.keeps_keys_in_file:
            return False
        try:
            self.use(KeyringSecrets())
        except NoKeyring:
            return False
        return True

    def open_file(self, password: str) -> None:
        """Keep the keys in a file that the password opens; `WrongPassphrase` when it does not."""
        self.use(FileSecrets(self.store.secrets_path, password))
        self._save(keeps_keys_in_file=True)

    def change_passphrase(self, password: str) -> None:
        """The person has another password: the file of keys opens with it from now on, where there is one."""
        if isinstance(self.secrets, FileSecrets):
            self.secrets.reseal(password)

    def use(self, secrets: Secrets) -> None:
        """An erasure that was broken off is ended. Other data without its key stays: the key may be in a keyring that is away."""
        self.secrets, self.keys = secrets, DeviceKeys(secrets)
        if self.profile.is_erasing:
            self.destroy_keys()
            self.forget()
            self.secrets, self.keys = secrets, DeviceKeys(secrets)
        elif not self.can_resume:  # nobody comes to open them: plain copies of a program that was killed go now
            shutil.rmtree(self.store.files_path / OPENED, ignore_errors=True)

    @property
    def is_keyless(self) -> bool:
        """Whether data is here whose key is not: whoever signs in anew begins anew, and loses what was not sent."""
        return self.is_known and (self.keys is None or not self.keys.has(REPLICA))

    @property
    def can_resume(self) -> bool:
        """Whether one can go on working at once, without a password."""
        return self.is_known and self.keys is not None and self.keys.fits(REPLICA)

    @property
    def is_locked(self) -> bool:
        """Whether the data is here and waits for the server's half of its key."""
        return self.is_known and self.keys is not None and self.keys.has(REPLICA) and self.keys.is_locked

    async def unlock(self) -> None:
        """Ask the server for its half; `SignedOut`, `DeviceRevoked` or `ServerAway` when it does not give it."""
        await self.tokens().refresh()

    async def choose_password(self, *, url: str, workspace: str, email: str, code: str, password: str) -> None:
        """Choose a password with a code from whoever let one in; raises a `PatchbayError` that says what to do."""
        _check_url(url)
        await choose_password(url, workspace=workspace.strip(), email=email.strip(), code=code, password=password)

    async def with_password(self, *, url: str, workspace: str, email: str, password: str) -> None:
        """Ask the server; what it says is kept for the next start. Raises a `PatchbayError` that says what to do."""
        _check_url(url)
        said = await sign_in(
            url, workspace=workspace.strip(), email=email.strip(), password=password, device=self.profile.device,
            device_name=platform.node(),
        )  # fmt: skip
        if self.secrets is None and not self.open_keyring():
            self.open_file(password)
        self._take(said, url=url, workspace=workspace.strip(), email=email.strip())

    def _take(self, said: SignedIn, *, url: str, workspace: str, email: str) -> None:
        secrets = self._opened()
        keys = self._renew(said)
        if self.profile.user_id not in {None, said.user_id} or not keys.fits(REPLICA):
            self.forget_data()
            for name in (REPLICA, FILES):
                keys.make(name)
                keys.drop(following(name))
        secrets.set(REFRESH_TOKEN, said.refresh_token)
        self._save(server_url=url, workspace=workspace, email=email, tenant_id=said.tenant_id, user_id=said.user_id)

    def tokens(self) -> Tokens:
        """The tokens of who is signed in."""
        return Tokens(self.profile.server_url, self.profile.device, self._opened(), REFRESH_TOKEN, self._renew)

    def _renew(self, said: SignedIn) -> DeviceKeys:
        keys = self.opened_keys()
        keys.renew(said.device_key, said.lock_after_days, said.server_us)
        return keys

    def opened_keys(self) -> DeviceKeys:
        """The keys of who is signed in."""
        if self.keys is None:
            raise BadValue(field="password", value="(empty)", hint="Sign in first.")
        return self.keys

    def kept_refresh_token(self) -> str:
        """What this device proves itself with; "" when it has nothing any more."""
        return self._opened().get(REFRESH_TOKEN) or ""

    def sip_password(self, account_id: str) -> str:
        """The password of a phone account, "" when none was given."""
        return self._opened().get(sip_secret(account_id)) or ""

    def keep_sip_password(self, account_id: str, password: str) -> None:
        """Keep the password of a phone account among the secrets."""
        self._opened().set(sip_secret(account_id), password)

    def forget_sip_password(self, account_id: str) -> None:
        """It is needed no longer."""
        self._opened().delete(sip_secret(account_id))

    def change(self, **changes: object) -> Profile:
        """Change what the device remembers."""
        self._save(**changes)
        return self.profile

    def _opened(self) -> Secrets:
        if self.secrets is None:
            raise BadValue(field="password", value="(empty)", hint="Sign in first.")
        return self.secrets

    def _save(self, **changes: object) -> None:
        changed = msgspec.structs.replace(self.profile, **changes)
        self.store.save(changed)  # first: what was not saved is not so
        self.profile = changed

    def destroy_keys(self) -> None:
        """From here on nobody opens what is on this device; first of all, so that a crash leaves nothing that can be read."""
        with contextlib.suppress(NotSaved):  # without room for it the data stays after a crash, and nobody can read it
            self._save(is_erasing=True)
        self.opened_keys().destroy()
        for name in (REFRESH_TOKEN, SIP_PASSWORD, *(sip_secret(each.id) for each in self.profile.accounts)):
            self._opened().delete(name)

    def forget(self) -> None:
        """Be a device on which nobody ever signed in; how it looks and sounds is kept."""
        self.forget_data()
        self.store.secrets_path.unlink(missing_ok=True)
        kept = self.profile
        self.profile = Profile(device=new_device(), audio=kept.audio, habits=kept.habits, appearance=kept.appearance)
        self.store.save(self.profile)
        self.secrets = self.keys = None

    def forget_data(self) -> None:
        """The replica and the files beside it."""
        from app.replica.rescue import files_of  # with the database's library: not before the first window

        for path in files_of(self.store.replica_path):
            path.unlink(missing_ok=True)
        shutil.rmtree(self.store.files_path, ignore_errors=True)


def _check_url(url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise BadValue(field="server", value=url, hint="Write an address such as https://patchbay.example.")


def sip_secret(account_id: str) -> str:
    """Under which name an account's password is kept; the first one's is that of a device that could have only one."""
    return SIP_PASSWORD if account_id == FIRST else f"{SIP_PASSWORD}-{account_id}"
