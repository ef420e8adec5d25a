"""What a tenant says of itself to all its people."""

from sqlalchemy.orm import Mapped, mapped_column

from app.domain.tenants.rules import DELETED_KEPT_DAYS, LOCK_AFTER_DAYS
from app.kernel.record import Root


class Workspace(Root):
    """One a tenant, seen by everybody in it; its id is the tenant's."""

    __open__ = True
    __noun__ = "tenant"

    name: Mapped[str]
    country: Mapped[str] = mapped_column(default="")  # ISO 3166: how national phone numbers are read
    time_zone: Mapped[str] = mapped_column(default="UTC")
    language: Mapped[str] = mapped_column(default="en")
    deleted_kept_days: Mapped[int] = mapped_column(default=DELETED_KEPT_DAYS)  # a console away for longer downloads all anew
    audit_days: Mapped[int | None] = mapped_column(default=None)  # how long the audit is kept; nothing: for ever
    lock_after_days: Mapped[int] = mapped_column(default=LOCK_AFTER_DAYS)  # without contact; then a device's copy is locked
