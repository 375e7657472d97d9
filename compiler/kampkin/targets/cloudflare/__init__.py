"""Cloudflare: where the breakers' state is, by default a Worker that holds the Durable Object, the edge Worker, and how
callers reach it. Importing this does not load Pulumi."""

from __future__ import annotations


def program() -> None:
    """The Pulumi program of stacks/cloudflare."""
    from kampkin.targets.cloudflare.declared import declare

    declare()
