"""Cloudflare as it is, by its own SDK: Workers, what leads to them, and who deployed them."""

from __future__ import annotations

from kampkin.drift.cloudflare.live import CloudflareLive, connect

__all__ = ["CloudflareLive", "connect"]
