"""Playwright, and what it leaves behind."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Playwright, sync_playwright


@contextmanager
def driver() -> Iterator[Playwright]:
    """As long as the context lasts. Its loop ends before the pipes to its own process are closed, so they are collected here:
    warnings are errors, and would be those of whichever test runs when Python comes to them."""
    with sync_playwright() as playwright:
        yield playwright
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
