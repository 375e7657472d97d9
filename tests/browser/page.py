"""A page that scripts call from, in a browser tab of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page as Tab

CALL = """
    async ([url, init]) => {
      const answer = await fetch(url, init);
      return { status: answer.status, url: answer.url, headers: Object.fromEntries(answer.headers), body: await answer.text() };
    }
"""

TRY = """
    async ([url, init]) => {
      try {
        return (await fetch(url, init)).status;
      } catch (error) {
        return error.name;
      }
    }
"""


@dataclass(frozen=True)
class Read:
    """What the browser let a script read of an answer."""

    status: int
    url: str
    """Where the answer came from in the end."""
    headers: dict[str, str]
    body: str

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Page:
    """Calls other origins with `fetch`, as the page's own scripts do."""

    def __init__(self, tab: Tab, url: str) -> None:
        self.tab = tab
        self.origin = url
        tab.goto(url)

    def call(self, url: str, **init: Any) -> Read:
        """What the page reads; `init` is fetch's. Playwright's Error where the browser refuses."""
        return Read(**self.tab.evaluate(CALL, [url, init]))

    def refused(self, url: str, **init: Any) -> str:
        """Why the browser does not let the page read the answer, in its own words; fails where it does."""
        with self.tab.expect_console_message(lambda message: "CORS policy" in message.text) as said:
            came = self.tab.evaluate(TRY, [url, init])
            assert came == "TypeError", f"the page read {came}"
        return said.value.text
