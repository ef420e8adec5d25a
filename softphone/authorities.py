"""Whose certificates are believed on TLS: an account's own file of authorities, else those that this computer knows.

Given to the SIP library as text: a file that it is told of by name it passes over without a word, and believes nobody then.
"""

import ssl
from pathlib import Path

import certifi

MOST_BYTES = 4 << 20  # the list of a whole system has a quarter of one


class NoAuthorities(Exception):
    """A file names nobody who could be believed; the text says why."""


def authorities_of(ca_file: str) -> str:
    """As PEM. `NoAuthorities` in plain words when there is nothing in the file that can be used."""
    if not ca_file:
        return _known_here()
    try:
        with Path(ca_file).open("rb") as file:
            text = file.read(MOST_BYTES).decode("ascii", "replace")
        ssl.create_default_context(cadata=text)
    except OSError as error:  # also what the TLS library says of its content
        if isinstance(error, ssl.SSLError):
            raise NoAuthorities("There is no certificate in the file of authorities.") from error
        raise NoAuthorities(f"The file of authorities can't be read: {error.strerror or error}.") from error
    except ValueError as error:  # empty, or a path that is none
        raise NoAuthorities("There is no certificate in the file of authorities.") from error
    return text


def _known_here() -> str:
    """The system's; Python's own where a system tells it of none, as macOS does."""
    known = ssl.create_default_context().get_ca_certs(binary_form=True)
    return "".join(map(ssl.DER_cert_to_PEM_cert, known)) or Path(certifi.where()).read_text("ascii")
