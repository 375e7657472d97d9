"""`pulumi preview --json`, as engines wrote it on the local clouds: recorded/ holds what they printed, cut to a few resources."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kampkin.errors import Cannot
from kampkin.preview.engine import read
from kampkin.preview.shown import SECRET_MARK, SIGNATURE

RECORDED = Path(__file__).parent / "recorded"


def recorded(name: str) -> str:
    """What an engine printed."""
    return (RECORDED / name).read_text()


def test_an_update_names_its_property_and_shows_no_contents() -> None:
    """From and to as digests."""
    (change,) = read(recorded("update.json")).changes
    assert (change.fate, change.name, change.drift) == ("updated", "kampkin-worker", False)
    (one,) = change.properties
    assert one.path == 'files["plan.mjs"].contentBase64'
    assert (one.before, one.after) == ("sha256:c18c3768f57b 1.2 kB", "sha256:f7c536a2a0ba 1.2 kB")


@pytest.mark.parametrize("name", ["update.jsonl", "noisy"])
def test_a_stream_and_what_is_printed_around_are_read_alike(name: str) -> None:
    """CI sets the variable for the stream, tees standard error into the file, or cuts the spaces."""
    noise = "warning: using pulumi-language-python from $PATH at /home/ci/bin\n{not json}\n"
    text = noise + recorded("update.json") + "\nwarning: a new version\n" if name == "noisy" else noise + recorded(name)
    assert read(text) == read(recorded("update.json"))


def test_a_replacement_is_told_once() -> None:
    """By whichever of its steps says most; and that it is protected, so that the update would be refused."""
    found = read(recorded("replace.json"))
    changes = {one.name: one for one in found.changes}
    assert {name: one.fate for name, one in changes.items()} == {
        "kampkin-distribution": "updated",
        "kampkin-policy": "replaced",
        "kampkin-table": "replaced",
    }
    (name,) = changes["kampkin-table"].properties
    assert (name.path, name.before, name.after, name.forces) == (
        "name",
        "kampkin-acme-prod",
        "kampkin-other-prod",
        True,
    )
    assert changes["kampkin-table"].protected
    assert "role" in [one.path for one in changes["kampkin-policy"].properties if one.forces]
    assert any("marked for protection" in note for note in found.notes)


def test_what_is_not_known_yet_is_unknown() -> None:
    """The engine's mark for it is not shown."""
    changes = {one.name: one for one in read(recorded("replace.json")).changes}
    paths = {one.path: one for one in changes["kampkin-distribution"].properties}
    assert paths["defaultCacheBehavior.lambdaFunctionAssociations[0].lambdaArn"].after == "[unknown]"


def test_drift_is_told_apart_from_the_plan() -> None:
    """A refresh alone says what was changed from outside; a preview that refreshed first would put it back."""
    (drifted,) = read(recorded("drift.json")).changes
    assert (drifted.name, drifted.drift) == ("kampkin-function", True)
    assert [(one.path, one.before, one.after) for one in drifted.properties] == [("memorySize", 256, 512)]
    both = read(recorded("drift-and-plan.json"))
    assert both.refreshed
    assert [(one.name, one.drift) for one in both.changes] == [("kampkin-function", False)]
    assert [(one.before, one.after) for one in both.changes[0].properties] == [(512, 256)]
    assert not read(recorded("update.json")).refreshed


def test_a_deletion_that_protection_forbids() -> None:
    """Last, with what the engine said."""
    found = read(recorded("delete.json"))
    assert [(one.name, one.fate, one.protected) for one in found.changes] == [
        ("kampkin-worker", "created", False),
        ("kampkin-decisions", "deleted", True),
    ]
    assert any(note.startswith("error: Preview failed: resource") for note in found.notes)


def test_a_secret_is_masked_whatever_form_it_has() -> None:
    """Pulumi writes `[secret]`; what still has a secret's signature is masked here."""
    document = json.loads(recorded("update.json"))
    step = next(one for one in document["steps"] if one["op"] == "update")
    for side, value in (("oldState", "first-plain"), ("newState", "second-plain")):
        step[side]["inputs"]["token"] = {SIGNATURE: SECRET_MARK, "plaintext": value}
    step["detailedDiff"]["token"] = {"kind": "update", "inputDiff": True}
    found = read(json.dumps(document))
    paths = {one.path: one for one in found.changes[0].properties}
    assert (paths["token"].before, paths["token"].after) == ("[secret]", "[secret]")
    assert "-plain" not in json.dumps([one.to_json() for one in found.changes])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        (" \n", "empty"),
        ("error: no stack named 'prod' found\n", "no JSON"),
        ('{"unrelated": 1}', "no JSON"),
        (recorded("update.json")[:3000], "cut short"),
        ("\n".join(recorded("update.jsonl").splitlines()[:-1]), "cut short"),
    ],
)
def test_what_is_no_preview_is_refused(text: str, said: str) -> None:
    """With the command that makes one: half a preview would hide changes."""
    with pytest.raises(Cannot, match=said) as refused:
        read(text)
    assert refused.value.hint == "make it with: pulumi preview --json > FILE"
