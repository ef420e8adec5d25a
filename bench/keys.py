"""A keyring for consoles that benches start: what stands in a file of the console's own temporary folder."""

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from typing_extensions import override

FILE = "keys.json"


class Keys(KeyringBackend):
    """Chosen by `PYTHON_KEYRING_BACKEND`; a real keyring would ask the person to unlock it."""

    priority = 1

    @override
    def get_password(self, service: str, username: str) -> str | None:
        kept: dict[str, str] = json.loads(_file().read_bytes())
        return kept.get(username)

    @override
    def set_password(self, service: str, username: str, password: str) -> None:
        _file().write_text(json.dumps({**json.loads(_file().read_bytes()), username: password}))

    @override
    def delete_password(self, service: str, username: str) -> None:
        kept = json.loads(_file().read_bytes())
        _file().write_text(json.dumps({name: value for name, value in kept.items() if name != username}))


def _file() -> Path:
    return Path(os.environ["PATCHBAY_HOME"]) / FILE
