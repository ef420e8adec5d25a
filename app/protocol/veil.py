"""What a conflict tells to somebody from whom fields of its record are hidden, in the form in which rows travel."""

from collections.abc import Set as AbstractSet

import msgspec

from app.kernel import loss


def veiled_loss(lost: str, field: str, hidden: AbstractSet[str]) -> str:
    """The JSON text of a conflict's `lost` without the values of hidden fields."""
    return msgspec.json.encode(loss.veiled_loss(msgspec.json.decode(lost), field, hidden)).decode()
