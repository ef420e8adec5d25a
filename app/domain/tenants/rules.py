"""What a workspace may be called."""

import re

from app.kernel.errors import BadValue

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


def slug_of(name: str) -> str:
    """The short name for addresses: lower-case letters, digits and hyphens; `BadValue` when nothing is left."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-")
    if not SLUG.fullmatch(slug):
        raise BadValue(field="workspace", value=name, hint="Use letters or digits.")
    return slug
