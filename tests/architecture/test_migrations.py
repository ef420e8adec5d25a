"""Migrations stand in one line: two that follow the same one leave no way to the end."""

import pytest

from server.database.migrate import DIRECTORY, TENANT, Tree


@pytest.mark.parametrize("tree", [DIRECTORY, TENANT], ids=lambda tree: tree.name)
def test_revisions_stand_in_one_line_in_the_order_of_their_numbers(tree: Tree) -> None:
    assert len(tree.script.get_heads()) == 1, "two revisions follow the same one: put one behind the other"
    names = [script.revision for script in tree.script.walk_revisions()][::-1]
    assert [int(name.split("_")[0]) for name in names] == list(range(1, len(names) + 1)), names
