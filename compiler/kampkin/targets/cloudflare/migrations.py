"""The migrations of the state Worker's class.

The provider sends a block with every upload, and Cloudflare refuses one whose `old_tag` is not the live tag (HTTP 412). So
the tag is a digest of the Worker's other inputs, and moves with each change of theirs from what is live. Behind that it has
the mark of its deployment: of a Worker, lists of the account's tell nothing else that a program can write.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pulumi_cloudflare as cloudflare

from kampkin.names import STATE_CLASS
from kampkin.plan import digest_of

TAG_LENGTH = 16
AGAIN = "-again"
MARKED = re.compile(rf"k[0-9a-f]{{{TAG_LENGTH}}}_(.+)")
NOTHING: Mapping[str, Any] = {}


def state_tag(inputs: Mapping[str, Any], mark: str, bound: Mapping[str, Any] = NOTHING) -> str:
    """The migration tag of a state Worker: a digest of everything else it is made of, and whose it is. `bound` is what its
    bindings say."""
    made_of = {**inputs, "account_id": ""} | ({"bound": bound} if bound else {})
    return f"k{digest_of(made_of).removeprefix('sha256:')[:TAG_LENGTH]}_{mark}"


def others_mark(live_tag: str | None, mark: str) -> str | None:
    """The mark in the tag of another deployment's Worker. None where it is this one's, or from before there were marks."""
    found = MARKED.fullmatch(live_tag or "")
    return None if found is None or found[1] in (mark, again(mark)) else found[1].removesuffix(AGAIN)


def is_settled(live_tag: str | None, tag: str) -> bool:
    """Whether the Worker is live as it should be: then no block is due, and a change of it is to be ignored."""
    return live_tag in (tag, again(tag))


def migration(live_tag: str | None, tag: str, is_in_use: bool = False) -> cloudflare.WorkersScriptMigrationsArgs:
    """The block that an upload can be sent with.

    Where the Worker is gone while the edge Worker that uses it is there, the tag is another than that of the first time: the
    block of then would be no change to Pulumi, and nothing would be uploaded.
    """
    if live_tag is None:
        return cloudflare.WorkersScriptMigrationsArgs(
            new_tag=again(tag) if is_in_use else tag, new_sqlite_classes=[STATE_CLASS]
        )
    # The same tag twice is sent only where Pulumi has lost sight of a Worker that is live.
    return cloudflare.WorkersScriptMigrationsArgs(old_tag=live_tag, new_tag=again(tag) if live_tag == tag else tag)


def again(tag: str) -> str:
    """A tag for the same inputs a second time."""
    return tag + AGAIN
