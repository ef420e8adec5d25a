"""Getting in: by the server's word the first time, by what this device keeps after that, also without the server."""

import os
import platform

import msgspec

from app.desk.profile import Profile, ProfileStore
from app.desk.secrets import FileSecrets, KeyringSecrets, NoKeyring, Secrets
from app.desk.server_api import SignedIn, Tokens, sign_in
from app.kernel.errors import BadValue

REPLICA_KEY = "replica-key"
REFRESH_TOKEN = "refresh-token"  # noqa: S105 - the name under which it is kept
SIP_PASSWORD = "sip-password"  # noqa: S105 - the name under which it is kept


class SignIn:
    """What this device knows of the person, and how they come in."""

    def __init__(self, store: ProfileStore) -> None:
        self.store = store
        self.profile = store.load()
        self.secrets: Secrets | None = None

    @property
    def is_known(self) -> bool:
        """Whether somebody signed in here before."""
        return self.profile.user_id is not None and self.store.replica_path.exists()

    def open_keyring(self) -> bool:
        """Try the system's keyring; false when there is none, or the keys are in a file that a password opens."""
        if self.profile.keeps_keys_in_file:
            return False
        try:
            self.secrets = KeyringSecrets()
        except NoKeyring:
            return False
        return True

    def open_file(self, password: str) -> None:
        """Keep the keys in a file that the password opens; `WrongPassphrase` when it does not."""
        self.secrets = FileSecrets(self.store.secrets_path, password)
        self._save(keeps_keys_in_file=True)

    @property
    def can_resume(self) -> bool:
        """Whether one can go on working at once, without a password."""
        return self.is_known and self.secrets is not None and self.secrets.get(REPLICA_KEY) is not None

    async def with_password(self, *, url: str, workspace: str, email: str, password: str) -> None:
        """Ask the server; what it says is kept for the next start. Raises a `PatchbayError` that says what to do."""
        if not url.startswith(("http://", "https://")):
            raise BadValue(field="server", value=url, hint="Write an address such as https://patchbay.example.")
        said = await sign_in(
            url, workspace=workspace.strip(), email=email.strip(), password=password, device=self.profile.device,
            device_name=platform.node(),
        )  # fmt: skip
        if self.secrets is None and not self.open_keyring():
            self.open_file(password)
        self._take(said, url=url, workspace=workspace.strip(), email=email.strip())

    def _take(self, said: SignedIn, *, url: str, workspace: str, email: str) -> None:
        secrets = self._opened()
        if self.profile.user_id not in {None, said.user_id}:
            self._forget_replica()
        if secrets.get(REPLICA_KEY) is None:
            self._forget_replica()
            secrets.set(REPLICA_KEY, os.urandom(32).hex())
        secrets.set(REFRESH_TOKEN, said.refresh_token)
        self._save(server_url=url, workspace=workspace, email=email, tenant_id=said.tenant_id, user_id=said.user_id)

    def tokens(self) -> Tokens:
        """The tokens of who is signed in."""
        return Tokens(self.profile.server_url, self.profile.device, self._opened(), REFRESH_TOKEN)

    def replica_key(self) -> bytes:
        """What opens the replica's file."""
        kept = self._opened().get(REPLICA_KEY)
        if kept is None:
            raise BadValue(field="key", value="(missing)", hint="Sign in with the server once more.")
        return bytes.fromhex(kept)

    def sip_password(self) -> str:
        """The phone's password, "" when none was given."""
        return self._opened().get(SIP_PASSWORD) or ""

    def keep_sip_password(self, password: str) -> None:
        """Keep the phone's password among the secrets."""
        self._opened().set(SIP_PASSWORD, password)

    def change(self, **changes: object) -> Profile:
        """Change what the device remembers."""
        self._save(**changes)
        return self.profile

    def _opened(self) -> Secrets:
        if self.secrets is None:
            raise BadValue(field="password", value="(empty)", hint="Sign in first.")
        return self.secrets

    def _save(self, **changes: object) -> None:
        self.profile = msgspec.structs.replace(self.profile, **changes)
        self.store.save(self.profile)

    def _forget_replica(self) -> None:
        from app.replica.rescue import files_of  # with the database's library: not before the first window

        for path in files_of(self.store.replica_path):
            path.unlink(missing_ok=True)
