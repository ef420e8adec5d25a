"""What a device keeps: secrets that only a passphrase opens, a profile that a crash leaves whole."""

import stat
from pathlib import Path

import pytest

from app.desk.profile import Appearance, ProfileStore
from app.desk.secrets import FileSecrets, MemorySecrets, WrongPassphrase
from app.desk.sign_in import SignIn
from app.kernel.errors import BadValue


def test_secrets_open_with_their_passphrase_and_with_no_other(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    FileSecrets(path, "right").set("key", "a secret")
    assert FileSecrets(path, "right").get("key") == "a secret"
    with pytest.raises(WrongPassphrase):
        FileSecrets(path, "wrong")
    assert b"a secret" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_forgotten_secret_is_gone_and_forgetting_twice_is_nothing(tmp_path: Path) -> None:
    for secrets in (FileSecrets(tmp_path / "s.json", "x"), MemorySecrets()):
        secrets.set("key", "value")
        secrets.delete("key")
        secrets.delete("key")
        assert secrets.get("key") is None


def test_a_profile_keeps_its_device_and_its_choices(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path / "home")
    sign_in = SignIn(store)
    sign_in.change(appearance=Appearance(scheme="dark"))
    again = SignIn(ProfileStore(tmp_path / "home"))
    assert again.profile.device == sign_in.profile.device
    assert again.profile.appearance.scheme == "dark"
    assert not again.can_resume


async def test_an_address_that_is_none_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    sign_in = SignIn(ProfileStore(tmp_path))
    with pytest.raises(BadValue) as refused:
        await sign_in.with_password(url="patchbay.example", workspace="x", email="a@x.example", password="p")
    assert refused.value.values["field"] == "server"
