"""What CI itself needs before it can deploy: roles on AWS that GitHub's jobs take on, a bucket for Pulumi's state, and the
scopes of a Cloudflare token. Importing this does not load Pulumi."""

from __future__ import annotations


def program() -> None:
    """The Pulumi program of stacks/bootstrap."""
    from kampkin.targets.bootstrap.declared import declare

    declare()
