"""Both sides are made alike, and what is other is named by its path."""

from __future__ import annotations

from typing import Any

import pytest

from kampkin.drift.compare import differences
from kampkin.preview.declared import Options, Resource


def told(desired: Any, live: Any, **options: Any) -> list[tuple[str, Any, Any]]:
    """What differs."""
    return list(differences(Resource("t", "one", inputs=desired, options=Options(**options)), live))


@pytest.mark.parametrize(
    ("desired", "live"),
    [
        ({"a": 1}, {"a": 1, "b": "the cloud's own"}),
        ({"list": [1, 2]}, {"list": [2, 1]}),
        ({"list": [{"k": 1}, {"k": 2}]}, {"list": [{"k": 2, "x": 0}, {"k": 1, "x": 0}]}),
        ({"a": None, "b": [], "c": False}, {}),
        (
            {"arn": "${kampkin-role.arn}", "text": "[secret]", "id": "<accountId>"},
            {"arn": "arn:1", "text": "x", "id": "1"},
        ),
        ({"n": 1}, {"n": 1.0}),
        ({"logs": {"enabled": False}}, {"logs": None}),
    ],
)
def test_what_is_harmless_is_no_difference(desired: Any, live: Any) -> None:
    """Order, what the cloud fills in, what another resource gives."""
    assert told(desired, live) == []


def test_a_difference_is_named_where_it_is() -> None:
    """As deep as it can be."""
    desired = {"a": 1, "map": {"x.mjs": {"c": 1}, "y": 2}, "list": [{"k": 1, "v": 1}], "some": [1, 2]}
    live = {"a": 2, "map": {"x.mjs": {"c": 3}}, "list": [{"k": 1, "v": 2}], "some": [1, 2, 3]}
    assert told(desired, live) == [
        ("a", 1, 2),
        ('map["x.mjs"].c', 1, 3),
        ("map.y", 2, None),
        ("list[0].v", 1, 2),
        ("some[]", None, 3),
    ]
    assert told({"some": [1, 2]}, {"some": [1]}) == [("some[1]", 2, None)]


def test_what_is_ignored_is_not_compared() -> None:
    """As the engine would not."""
    assert told({"migrations": 1}, {"migrations": 2}, ignore_changes=("migrations",)) == []


def test_contents_are_compared_by_digest() -> None:
    """Raw on the live side, shown on the desired one."""
    from kampkin.preview.shown import shown

    desired = shown({"content": "export default 1;\n" * 500})
    assert told(desired, {"content": "export default 1;\n" * 500}) == []
    [(path, was, is_)] = told(desired, {"content": "export default 2;\n" * 500})
    assert path == "content"
    assert was != is_
    assert is_.startswith("sha256:")


def test_a_text_that_is_a_document_is_compared_as_one() -> None:
    """Order tells nothing; what stands beside what was written does, unlike what a cloud adds to its own inputs."""
    desired = {"policy": '{"Statement": [{"Action": ["a", "b"], "Resource": ["${t.arn}"]}]}'}
    assert told(desired, {"policy": '{"Statement":[{"Resource":["arn:1"],"Action":["b","a"]}]}'}) == []
    assert told(
        desired, {"policy": '{"Statement":[{"Resource":["arn:1","*"],"Action":["a","b"],"NotAction":"c"}]}'}
    ) == [
        ("policy.Statement[0].Resource[]", None, "*"),
        ("policy.Statement[0].NotAction", None, "c"),
    ]
