"""Each command that the pages on deploying and leaving tell a reader to run exists, with every option it is given."""

from __future__ import annotations

import botocore.session
import pytest
from botocore import xform_name

from kampkin.cli import parser
from tests.commands import PAGES, commands

AWAITED = {"preview", "wait", "why"}
"""Commands that are made beside these pages."""

AWS_OWN = {"--query", "--output", "--region", "--profile"}
"""Options of the AWS CLI itself."""


def found(page: str, program: str) -> list[list[str]]:
    """The page's commands of a program."""
    return [words for words in commands(page) if words[0] == program]


@pytest.mark.parametrize("page", PAGES)
def test_kampkins_commands_are_taken(page: str) -> None:
    """By the grammar of the command line, options and all; one that is only named has a help."""
    assert found(page, "kampkin")
    for _, *words in found(page, "kampkin"):
        if len(words) == 1 and words != ["check"]:
            if words[0] not in AWAITED:
                assert code_of([*words, "--help"]) == 0, words
        elif words[0] not in AWAITED:
            assert code_of(words) is None, words


@pytest.mark.parametrize("page", PAGES)
def test_the_aws_clis_commands_are_operations(page: str) -> None:
    """A service of AWS has the operation, and each option is a parameter of it."""
    assert found(page, "aws")
    session = botocore.session.get_session()
    for _, service, command, *options in found(page, "aws"):
        model = session.get_service_model(service)
        operations = {xform_name(name, "-"): name for name in model.operation_names}
        assert command in operations, command
        members = model.operation_model(operations[command]).input_shape
        known = {f"--{xform_name(name, '-')}" for name in (members.members if members else ())}
        given = {option for option in options if option.startswith("--")}
        assert given <= known | AWS_OWN, (command, given)


def test_what_is_no_command_is_found_out() -> None:
    """An option that is not there, and a command that is not."""
    assert code_of(["hold", "--everything"]) == 2
    assert code_of(["unhold", "--help"]) == 2


def code_of(words: list[str]) -> object:
    """What the command line makes of the words: None where it takes them, else the code that it ends with."""
    try:
        parser().parse_args(words)
    except SystemExit as end:
        return end.code
    return None
