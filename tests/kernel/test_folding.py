"""Many texts at once are folded as each by itself."""

from hypothesis import given
from hypothesis import strategies as st

from app.kernel.folding import fold, fold_many


@given(st.lists(st.text(alphabet="ab Z9_-é好ß\x1e\n.Ø", max_size=200), max_size=6))
def test_many_texts_are_folded_as_each_by_itself(texts: list[str]) -> None:
    assert fold_many(texts, 1_000) == [" ".join(fold(text)) for text in texts]


def test_of_a_very_long_text_there_are_only_so_many_words_and_only_the_beginnings_of_very_long_ones() -> None:
    assert fold_many(["a" * 100 + " b c d e", "é " * 50], 3) == ["a" * 64 + " b c", "e e e"]
