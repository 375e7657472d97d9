"""A stack's files are read as Pulumi reads them, and nothing in them is decrypted."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import Field

from kampkin.errors import Cannot
from kampkin.plan import seal_plan
from kampkin.preview.stackfile import read_stack_file
from kampkin.preview.standins import StandIns
from kampkin.targets.settings import Settings, Tags


def read(folder: Path, text: str) -> dict[str, str]:
    """The settings of a stack file."""
    (folder / "Pulumi.yaml").write_text("name: edge\n")
    (folder / "Pulumi.prod.yaml").write_text(text)
    return dict(read_stack_file(folder, "aws", "prod").values)


def test_values_are_texts_as_written(tmp_path: Path) -> None:
    """A number with a nought in front, a switch; a map is JSON, as Pulumi hands it on. Other namespaces are not the program's."""
    text = (
        "encryptionsalt: v1:abc\nconfig:\n  edge:accountId: 00123\n  edge:protect: false\n"
        "  edge:tags: {team: shop}\n  aws:region: eu-west-1\n"
    )
    assert read(tmp_path, text) == {"accountId": "00123", "protect": "false", "tags": '{"team": "shop"}'}


def test_what_is_sealed_stays_so(tmp_path: Path) -> None:
    """Whole or in part: its name in brackets stands for it."""
    text = "config:\n  edge:token: {secure: v1:xyz}\n  edge:tags: {team: {secure: v1:xyz}, unit: web}\n"
    assert read(tmp_path, text) == {"token": "<token>", "tags": '{"team": "<tags>", "unit": "web"}'}
    assert read_stack_file(tmp_path, "aws", "prod").sealed == {"token"}


def test_what_the_project_says_holds_for_each_stack(tmp_path: Path) -> None:
    """As the engine has it: a value or a default in Pulumi.yaml, and the stack's own on top of it, whichever way it is written."""
    (tmp_path / "Pulumi.yaml").write_text(
        "name: edge\nconfig:\n  logDays: {value: 90}\n  priceClass: {default: PriceClass_100}\n  edge:file: a.yaml\n"
        "  accountId: {type: string, description: which}\n  tags: {value: {team: shop}}\n  protect: false\n"
    )
    common = {
        "logDays": "90",
        "priceClass": "PriceClass_100",
        "file": "a.yaml",
        "tags": '{"team": "shop"}',
        "protect": "false",
    }
    assert dict(read_stack_file(tmp_path, "aws", None).values) == common
    (tmp_path / "Pulumi.prod.yaml").write_text("config:\n  edge:logDays: 30\n  file: {secure: v1:x}\n")
    stack = read_stack_file(tmp_path, "aws", "prod")
    assert dict(stack.values) == {**common, "logDays": "30", "file": "<file>"}
    assert stack.sealed == {"file"}


def test_without_files_there_are_no_settings(tmp_path: Path) -> None:
    """The project is named as `stacks/` names it."""
    stack = read_stack_file(tmp_path / "none", "aws", "prod")
    assert (stack.project, stack.stack, dict(stack.values)) == ("kampkin-aws", "prod", {})
    assert read_stack_file(tmp_path, "aws", None).stack == "preview"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("config: [1]\n", "config is not a map"),
        ("- 1\n", "is not a map"),
        ("a: &a [x]\nconfig: {b: *a}\n", "aliases"),
        ("config: {\n", "is no YAML"),
        ("config: " + "[" * 5000, "nested too deep|is no YAML"),
    ],
)
def test_what_is_no_stack_file_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """With its path, and none of its contents."""
    with pytest.raises(Cannot, match=said) as refused:
        read(tmp_path, text)
    assert "Pulumi.prod.yaml" in refused.value.message


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """It could lead out of the repository."""
    (tmp_path / "secrets").write_text("config: {}\n")
    (tmp_path / "Pulumi.prod.yaml").symlink_to(tmp_path / "secrets")
    with pytest.raises(Cannot, match="no regular file"):
        read_stack_file(tmp_path, "aws", "prod")


class Sealed(Settings):
    """Settings that may be sealed."""

    tags: Tags = Field(default_factory=dict)
    regions: tuple[str, ...] = ()


def test_a_sealed_map_or_list_is_an_empty_one(tmp_path: Path) -> None:
    """The program gets one of the right kind."""
    plan = seal_plan(project="acme", targets={"aws": {"store": "memory"}}, endpoints=())
    standins = StandIns(plan, frozenset({"tags", "regions", "file"}))
    completed = standins.complete(Sealed, "aws", {"tags": "<tags>", "regions": "<regions>", "file": "<file>"})
    assert completed == {"tags": "{}", "regions": "[]", "file": "<file>"}
    assert standins.settings == ["file", "tags", "regions"]
