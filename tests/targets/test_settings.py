"""A stack's settings: what is wrong with them is told at once, before anything is declared."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import Field, SecretStr

from kampkin.plan import Plan
from kampkin.targets.settings import Problem, Settings, Tags, lacking, read, table


class Example(Settings):
    """Settings of every kind."""

    account: str = Field(description="Whose.", pattern=r"^\d{3}$", examples=["123"])
    token: SecretStr | None = Field(None, description="Opens it.", examples=["t0k3n"])
    days: int = Field(30, description="How long.", ge=1, examples=["7"])
    places: tuple[int, ...] = Field((), description="Where.", examples=["'places[0]' 1"])
    tags: Tags = Field(default_factory=dict, description="Yours.", examples=["tags.team checkout"])

    def wanting(self, plan: Plan) -> Iterator[Problem]:
        """Nothing."""
        yield from ()


def told(values: dict[str, str], secrets: tuple[str, ...] = ()) -> list[str]:
    """What is wrong."""
    return [str(problem) for problem in read(Example, values, secrets)[1]]


def test_what_fits_is_read() -> None:
    """Texts become what the model says; what is left out has its default; an empty text is none."""
    values = {"account": "123", "protect": "false", "days": "7", "tags": '{"team": "checkout"}', "environment": ""}
    settings, problems = read(Example, values)
    assert not problems
    assert settings is not None
    assert (settings.account, settings.protect, settings.days, settings.tags) == ("123", False, 7, {"team": "checkout"})
    assert (settings.token, settings.environment, settings.file) == (None, None, "../../kampkin.yaml")


def test_everything_wrong_is_told_at_once() -> None:
    """Each with its key and the command that mends it."""
    assert told({"days": "0", "protect": "perhaps"}) == [
        "protect: is neither true nor false. Whether what holds the "
        "breakers' state is kept from being deleted until it is let go: `pulumi state unprotect`.\n"
        "  run: pulumi config set protect false",
        "account: is not set. Whose.\n  run: pulumi config set account 123",
        "days: is less than 1. How long.\n  run: pulumi config set days 7",
    ]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"account": "123", "acount": "123"},
            "acount: is no setting of this stack, nor a secret that kampkin.yaml uses; did you mean account?",
        ),
        ({"account": "x"}, "account: is not written as it should be. Whose."),
        ({"account": "123", "tags": "x"}, "tags: is written as one text where it has parts"),
        ({"account": "123", "tags": '{"team": [1]}'}, "tags.team: is not a text. Yours."),
        ({"account": "123", "tags": "3"}, "tags: is not a map. Yours."),
        ({"account": "123", "days": "7x"}, "days: is not a whole number. How long."),
        ({"account": "123", "places": '[1, "x"]'}, "places[1]: is not a whole number. Where."),
    ],
)
def test_one_wrong_thing_is_clear(values: dict[str, str], message: str) -> None:
    """A key that nothing reads, a shape that is another, a part of a map."""
    [problem] = told(values)
    assert problem.startswith(message)


def test_one_text_for_a_map_hides_nothing_else() -> None:
    """What else is wrong is told beside it."""
    assert [one.partition(":")[0] for one in told({"tags": "x", "days": "7x", "acount": "1"})] == [
        "acount",
        "tags",
        "account",
        "days",
    ]


def test_a_tag_that_looks_like_a_number_is_text() -> None:
    """`pulumi config set --path tags.costCenter 1234` keeps a number, and `true` a switch."""
    settings, problems = read(
        Example, {"account": "123", "tags": '{"costCenter": 1234, "pci": true, "team": "checkout"}'}
    )
    assert not problems
    assert settings is not None
    assert settings.tags == {"costCenter": "1234", "pci": "true", "team": "checkout"}


def test_secrets_of_the_file_are_keys_too() -> None:
    """By the names that kampkin.yaml gives them."""
    assert told({"account": "123", "SHOP_HOOK": "https://x"}, ("SHOP_HOOK",)) == []


def test_a_secrets_value_is_never_shown() -> None:
    """Neither where it does not fit nor where the settings are printed."""
    settings, _ = read(Example, {"account": "123", "token": "hunter2"})
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in "".join(told({"account": "hunter2", "token": "hunter2"}))


def test_what_a_plan_lacks_names_its_command() -> None:
    """With `--secret` where it is one, `--path` where it has parts."""
    assert lacking(Example, "token", "is not set").command == "pulumi config set --secret token t0k3n"
    assert lacking(Example, "tags", "is not set").command == "pulumi config set --path tags.team checkout"


def test_the_table_has_every_setting() -> None:
    """With what holds where it is left out."""
    rows = table(Example).splitlines()
    assert "| `account` | Whose. | `pulumi config set account 123` | nothing goes up |" in rows
    assert "| `days` | How long. | `pulumi config set days 7` | `30` |" in rows
    assert "| `tags` | Yours. | `pulumi config set --path tags.team checkout` | none |" in rows
    assert len(rows) == 2 + len(Example.model_fields)
