"""Who and what bears which tags: one contact in six, one account in four, one conversation in eight."""

TAGS = {
    "contact": ("newsletter", "decision maker", "reference", "renewal", "late payer", "workshop", "beta", "speaks italian"),
    "account": ("key account", "reseller", "prospect", "framework contract", "rental fleet"),
    "conversation": ("invoice", "refund", "delivery", "warranty", "feedback", "escalated"),
}
ONE_IN = {"contact": 6, "account": 4, "conversation": 8}
MORE_OF_EACH = 3  # how many steps the next tag is away


def tags_of(kind: str, number: int) -> tuple[str, ...]:
    """Of the record of this number: the same in every run, and without a throw of the dice that make all else."""
    turn, rest = divmod(number, ONE_IN[kind])
    if rest:
        return ()
    known, count = TAGS[kind], (1, 1, 2, 1, 3)[turn % 5]
    return tuple(sorted({known[(turn + MORE_OF_EACH * step) % len(known)] for step in range(count)}))
