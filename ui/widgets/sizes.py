"""Sizes of files and of what is kept, as people read them."""


def size_text(size_bytes: int) -> str:
    """In the unit that fits: 4 kB, 2.4 MB, 1.8 GB."""
    if size_bytes >= 1_000_000_000:
        return f"{size_bytes / 1_000_000_000:.1f} GB"
    return f"{size_bytes / 1_000_000:.1f} MB" if size_bytes >= 1_000_000 else f"{max(1, size_bytes // 1000)} kB"
