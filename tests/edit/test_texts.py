"""A table of texts before and after an edit: every style that a file may be written in stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from .conftest import Kampkin


@dataclass(frozen=True)
class Case:
    """What a command makes of a text."""

    name: str
    line: str
    before: str
    after: str


def case(name: str, line: str, before: str, after: str) -> Case:
    """A case whose texts are indented as this file is; `version: 1` comes before both."""
    return Case(name, line, f"version: 1\n{dedent(before)}", f"version: 1\n{dedent(after)}")


BLOCK = """\
    # what we protect
    endpoints:
      # the cart
      cart:   # busy
        owner: shop   # theirs
        origin: https://cart.acme.dev

        # it is slow
        timeout: 3s   # measured
    """

SET = [
    case(
        "a value between comments",
        "set cart timeout=5s",
        BLOCK,
        BLOCK.replace("timeout: 3s", "timeout: 5s"),
    ),
    case(
        "a new key goes behind the last one, apart as that one is",
        "set cart methods=[GET]",
        BLOCK,
        BLOCK.replace("timeout: 3s   # measured\n", "timeout: 3s   # measured\n\n        methods: [GET]\n"),
    ),
    case(
        "maps that are not there yet, in a block",
        "set cart breaker.trip.consecutive_failures=7 breaker.window=9s breaker.trip.failure_ratio=20%",
        "endpoints:\n    cart:   # ours\n        origin: https://cart.acme.dev\n",
        "endpoints:\n    cart:   # ours\n        origin: https://cart.acme.dev\n"
        "        breaker:\n            trip: {consecutive_failures: 7, failure_ratio: 20%}\n            window: 9s\n",
    ),
    case(
        "maps that are not there yet, in a flow",
        "set cart breaker.trip.consecutive_failures=7",
        "endpoints: {cart: {origin: https://cart.acme.dev}}\n",
        "endpoints: {cart: {origin: https://cart.acme.dev, breaker: {trip: {consecutive_failures: 7}}}}\n",
    ),
    case(
        "a flow with space within its braces",
        "set cart timeout=5s",
        "endpoints: { cart: { origin: https://cart.acme.dev } }\n",
        "endpoints: { cart: { origin: https://cart.acme.dev, timeout: 5s } }\n",
    ),
    case(
        "a flow over several lines, each with its comment",
        "set cart timeout=5s",
        """\
        endpoints: {
          cart: {
            owner: shop,   # whose
            origin: https://cart.acme.dev   # where
          }
        }
        """,
        """\
        endpoints: {
          cart: {
            owner: shop,   # whose
            origin: https://cart.acme.dev,   # where
            timeout: 5s
          }
        }
        """,
    ),
    case(
        "a flow whose last line has a comma",
        "set cart timeout=5s",
        """\
        endpoints: {
          cart: {
            origin: https://cart.acme.dev,   # where
          },
        }
        """,
        """\
        endpoints: {
          cart: {
            origin: https://cart.acme.dev,   # where
            timeout: 5s,
          },
        }
        """,
    ),
    case(
        "an endpoint that is only a URL becomes a block; its comment stays",
        "set cart timeout=5s",
        """\
        endpoints:
          cart: https://cart.acme.dev   # ours
          # the search
          search: https://search.acme.dev
        """,
        """\
        endpoints:
          cart:   # ours
            origin: https://cart.acme.dev
            timeout: 5s
          # the search
          search: https://search.acme.dev
        """,
    ),
    case(
        "an endpoint that is only a URL becomes a flow where the others are flows",
        "set cart timeout=5s",
        """\
        endpoints:
          cart: "https://cart.acme.dev/a,b"   # ours
          search: {origin: https://search.acme.dev}
        """,
        """\
        endpoints:
          cart: {origin: "https://cart.acme.dev/a,b", timeout: 5s}   # ours
          search: {origin: https://search.acme.dev}
        """,
    ),
    case(
        "the origin of an endpoint that is only a URL takes its place",
        "set cart origin=https://cart-2.acme.dev",
        "endpoints:\n  cart: https://cart.acme.dev   # ours\n",
        "endpoints:\n  cart: https://cart-2.acme.dev   # ours\n",
    ),
    case(
        "a cooldown of one duration is written out as what it stands for",
        "set cart breaker.cooldown.max=5m breaker.cooldown.factor=2",
        "endpoints: {cart: {origin: https://cart.acme.dev, breaker: {cooldown: 10s}}}   # fixed\n",
        "endpoints: {cart: {origin: https://cart.acme.dev, breaker: {cooldown: {initial: 10s, factor: 2, max: 5m}}}}   # fixed\n",
    ),
    case(
        "a key of the one fallback",
        "set cart fallback.status=502",
        """\
        endpoints:
          cart:
            origin: https://cart.acme.dev
            fallback: {status: 503, json: {error: resting}}   # soon back
        """,
        """\
        endpoints:
          cart:
            origin: https://cart.acme.dev
            fallback: {status: 502, json: {error: resting}}   # soon back
        """,
    ),
    case(
        "a second fallback makes a list of the one",
        "set cart 'fallback.1={status: 200, body: resting}'",
        """\
        endpoints:
          cart:
            origin: https://cart.acme.dev
            fallback:   # in order
              # first ask there
              origin: https://cart-2.acme.dev   # a copy

              timeout: 1s
            timeout: 3s
        """,
        """\
        endpoints:
          cart:
            origin: https://cart.acme.dev
            fallback:   # in order
              # first ask there
              - origin: https://cart-2.acme.dev   # a copy

                timeout: 1s
              - {status: 200, body: resting}
            timeout: 3s
        """,
    ),
    case(
        "an entry of a list in a block, and one more behind it",
        "set cart fallback.0.timeout=2s 'fallback.1={status: 200}'",
        """\
        endpoints:
          cart:
            origin: https://cart.acme.dev
            fallback:
            - origin: https://cart-2.acme.dev   # a copy
              timeout: 1s
        """,
        """\
        endpoints:
          cart:
            origin: https://cart.acme.dev
            fallback:
            - origin: https://cart-2.acme.dev   # a copy
              timeout: 2s
            - {status: 200}
        """,
    ),
    case(
        "a whole block in place of which a line comes",
        "set cart 'fallback=[{origin: https://cart-2.acme.dev}, {status: 200}]'",
        """\
        endpoints:
          cart:
            fallback:   # what callers get
              status: 503
              # in words
              json: {error: resting}
            # where
            origin: https://cart.acme.dev
        """,
        """\
        endpoints:
          cart:
            fallback: [{origin: https://cart-2.acme.dev}, {status: 200}]   # what callers get
            # where
            origin: https://cart.acme.dev
        """,
    ),
    case(
        "a block of text in place of which a line comes",
        "set cart 'fallback.body=one line'",
        """\
        endpoints:
          cart:
            origin: https://cart.acme.dev
            fallback:
              status: 503
              body: |   # in full
                # no comment

                resting

        # the end
        """,
        """\
        endpoints:
          cart:
            origin: https://cart.acme.dev
            fallback:
              status: 503
              body: one line   # in full

        # the end
        """,
    ),
    case(
        "a key behind a block of text that keeps its last lines",
        "set cart timeout=5s",
        "endpoints:\n  cart:\n    origin: https://cart.acme.dev\n    fallback:\n      status: 503\n      body: |+\n        resting\n\n",
        "endpoints:\n  cart:\n    origin: https://cart.acme.dev\n    fallback:\n      status: 503\n      body: |+\n        resting\n\n    timeout: 5s\n",
    ),
    case(
        "four spaces, quoted keys and values, and what only looks like a comment",
        "set cart owner=shop timeout=5s",
        """\
        "endpoints":
            'cart':
                "origin": 'https://cart.acme.dev'
                "timeout": "3s" # '# "
                fallback: {status: 503, body: "a # b	and 'c'"}
        """,
        """\
        "endpoints":
            'cart':
                "origin": 'https://cart.acme.dev'
                "timeout": 5s # '# "
                fallback: {status: 503, body: "a # b	and 'c'"}
                owner: shop
        """,
    ),
    case(
        "deeper comments below an endpoint are its own",
        "set cart owner=shop",
        """\
        endpoints:
          cart:
            origin: https://cart.acme.dev
              # deeper still

            # timeout: 3s
        # the end
        """,
        """\
        endpoints:
          cart:
            origin: https://cart.acme.dev
              # deeper still
            owner: shop

            # timeout: 3s
        # the end
        """,
    ),
    case(
        "text beyond ASCII, and lines longer than any",
        "set cart 'fallback.body=zurück “bald” 🛒'",
        f"endpoints:\n  cart: {{origin: https://cart.acme.dev, fallback: {{body: ümlaut {'x' * 500}, status: 503}}}} # é\n",
        "endpoints:\n  cart: {origin: https://cart.acme.dev, fallback: {body: zurück “bald” 🛒, status: 503}} # é\n",
    ),
    case(
        "what needs quotes gets them",
        "set cart 'fallback={status: 503, body: \"a: b, # c\"}' 'override={state: monitor, until: 2026-12-01T06:00:00Z, owner: dana, reason: x}' 'override.reason=CHG-1: \"move\", # now'",
        "endpoints: {cart: {origin: https://cart.acme.dev}}\n",
        'endpoints: {cart: {origin: https://cart.acme.dev, fallback: {status: 503, body: "a: b, # c"},'
        ' override: {state: monitor, until: 2026-12-01T06:00:00Z, owner: dana, reason: "CHG-1: \\"move\\", # now"}}}\n',
    ),
    case(
        "under json quotes make a text of what would be a number",
        'set cart \'fallback={status: 503, json: {a: 1, b: "1", c: null, d: "null"}}\'',
        "endpoints: {cart: {origin: https://cart.acme.dev}}\n",
        'endpoints: {cart: {origin: https://cart.acme.dev, fallback: {status: 503, json: {a: 1, b: "1", c: null, d: "null"}}}}\n',
    ),
    case(
        "a merged value is written as the endpoint's own",
        "set cart timeout=5s",
        """\
        x-slow: &slow {timeout: 20s, breaker: {window: 40s}}
        endpoints:
          cart:
            <<: *slow
            origin: https://cart.acme.dev
          search: {<<: *slow, origin: https://search.acme.dev}
        """,
        """\
        x-slow: &slow {timeout: 20s, breaker: {window: 40s}}
        endpoints:
          cart:
            <<: *slow
            origin: https://cart.acme.dev
            timeout: 5s
          search: {<<: *slow, origin: https://search.acme.dev}
        """,
    ),
    case(
        "a key within a merged map takes the rest of that map along, for << is shallow",
        "set cart breaker.monitor=true",
        """\
        x-slow: &slow {timeout: 20s, breaker: {window: 40s}}
        endpoints:
          cart: {<<: *slow, origin: https://cart.acme.dev}
        """,
        """\
        x-slow: &slow {timeout: 20s, breaker: {window: 40s}}
        endpoints:
          cart: {<<: *slow, origin: https://cart.acme.dev, breaker: {window: 40s, monitor: true}}
        """,
    ),
    case(
        "an anchor stays on its value when that becomes part of a map",
        "set cart timeout=5s",
        """\
        endpoints:
          cart: &cart https://cart.acme.dev
          search: *cart
        """,
        """\
        endpoints:
          cart:
            origin: &cart https://cart.acme.dev
            timeout: 5s
          search: *cart
        """,
    ),
    case(
        "an anchor that nobody uses stays on a new value",
        "set cart timeout=5s",
        "endpoints: {cart: {origin: https://cart.acme.dev, timeout: &mine 3s}}\n",
        "endpoints: {cart: {origin: https://cart.acme.dev, timeout: &mine 5s}}\n",
    ),
    case(
        "an environment that says nothing yet",
        "set cart timeout=5s --env prod",
        """\
        endpoints: {cart: https://cart.acme.dev}
        environments:
          prod: {}   # as the file says
        """,
        """\
        endpoints: {cart: https://cart.acme.dev}
        environments:
          prod: {endpoints: {cart: {timeout: 5s}}}   # as the file says
        """,
    ),
    case(
        "an environment that is a block",
        "set cart timeout=5s --env prod",
        """\
        endpoints: {cart: https://cart.acme.dev, search: https://search.acme.dev}
        environments:
            prod:
                defaults: {timeout: 4s}   # slower
                # and
                endpoints:
                    search: https://search.prod.acme.dev

            staging: {}
        """,
        """\
        endpoints: {cart: https://cart.acme.dev, search: https://search.acme.dev}
        environments:
            prod:
                defaults: {timeout: 4s}   # slower
                # and
                endpoints:
                    search: https://search.prod.acme.dev
                    cart:
                        timeout: 5s

            staging: {}
        """,
    ),
    case(
        "an environment's endpoints as they are",
        "set cart breaker.trip.consecutive_failures=9 --env prod",
        """\
        endpoints: {cart: https://cart.acme.dev, search: https://search.acme.dev}
        environments:
          prod:
            endpoints:
              search: {timeout: 9s}
        """,
        """\
        endpoints: {cart: https://cart.acme.dev, search: https://search.acme.dev}
        environments:
          prod:
            endpoints:
              search: {timeout: 9s}
              cart: {breaker: {trip: {consecutive_failures: 9}}}
        """,
    ),
    case(
        "an environment without endpoints, in a block",
        "set cart timeout=5s --env prod",
        "endpoints: {cart: https://cart.acme.dev}\nenvironments:\n  prod:\n    defaults: {timeout: 4s}\n",
        "endpoints: {cart: https://cart.acme.dev}\nenvironments:\n  prod:\n    defaults: {timeout: 4s}\n"
        "    endpoints:\n      cart: {timeout: 5s}\n",
    ),
    case(
        "null where something below still says so turns it off",
        "set cart breaker.trip.failure_ratio=null cors=null",
        "defaults: {cors: {origins: [https://a.acme.dev]}}\nendpoints: {cart: https://cart.acme.dev}\n",
        "defaults: {cors: {origins: [https://a.acme.dev]}}\n"
        "endpoints: {cart: {origin: https://cart.acme.dev, breaker: {trip: {failure_ratio: null}}, cors: null}}\n",
    ),
    case(
        "null where nothing below says so takes the line away, and the maps that it leaves empty",
        "set cart owner=null breaker.half_open.ramp=null timeout=null",
        """\
        endpoints:
          cart:
            # theirs
            owner: shop   # now
            origin: https://cart.acme.dev
            timeout: 3s
            breaker:
              # slowly
              half_open:
                ramp: 30s
        """,
        """\
        endpoints:
          cart:
            origin: https://cart.acme.dev
        """,
    ),
    case(
        "null where only an environment says so, for itself, takes the line away",
        "set cart owner=null",
        "endpoints: {cart: {owner: shop, origin: https://cart.acme.dev}}\nenvironments: {prod: {endpoints: {cart: {owner: ops}}}}\n",
        "endpoints: {cart: {origin: https://cart.acme.dev}}\nenvironments: {prod: {endpoints: {cart: {owner: ops}}}}\n",
    ),
    case(
        "null where an environment's defaults say so turns it off there too",
        "set cart cors=null",
        "endpoints: {cart: {cors: {origins: [https://a.dev]}, origin: https://cart.acme.dev}}\n"
        "environments: {prod: {defaults: {cors: {origins: [https://b.dev]}}}}\n",
        "endpoints: {cart: {cors: null, origin: https://cart.acme.dev}}\n"
        "environments: {prod: {defaults: {cors: {origins: [https://b.dev]}}}}\n",
    ),
    case(
        "null in an environment removes what the file says",
        "set cart timeout=null --env prod",
        "endpoints: {cart: {origin: https://cart.acme.dev, timeout: 3s}}\nenvironments: {prod: {endpoints: {cart: {timeout: 9s}}}}\n",
        "endpoints: {cart: {origin: https://cart.acme.dev, timeout: 3s}}\nenvironments: {prod: {endpoints: {cart: {timeout: null}}}}\n",
    ),
    case(
        "null in an environment where the file says nothing takes the environment's own word away",
        "set cart timeout=null --env prod",
        "endpoints: {cart: https://cart.acme.dev}\nenvironments:\n  prod:\n    endpoints: {cart: {timeout: 9s}}   # slow\n",
        "endpoints: {cart: https://cart.acme.dev}\nenvironments:\n  prod: {}\n",
    ),
    case(
        "a null is set again",
        "set cart 'cors.origins=[https://a.acme.dev]'",
        "endpoints: {cart: {origin: https://cart.acme.dev, cors: null}}\n",
        "endpoints: {cart: {origin: https://cart.acme.dev, cors: {origins: [https://a.acme.dev]}}}\n",
    ),
    case(
        "a first key behind a dash goes, and the next one takes its place",
        "set cart fallback.0.headers=null",
        """\
        endpoints:
          cart:
            origin: https://cart.acme.dev
            fallback:
              - headers: {x-a: b}   # told
                status: 503
              - stale: 1h
        targets: {cloudflare: {host: edge.acme.dev}}
        """,
        """\
        endpoints:
          cart:
            origin: https://cart.acme.dev
            fallback:
              - status: 503
              - stale: 1h
        targets: {cloudflare: {host: edge.acme.dev}}
        """,
    ),
]

ADD = [
    case(
        "behind the last one",
        "add search https://search.acme.dev",
        "endpoints:\n  cart: https://cart.acme.dev   # ours\n\n# the end\nenvironments: {}\n",
        "endpoints:\n  cart: https://cart.acme.dev   # ours\n  search: https://search.acme.dev\n\n# the end\nenvironments: {}\n",
    ),
    case(
        "apart as its neighbours are, indented as they are, before what is commented out",
        "add search https://search.acme.dev --route '/s/*' --owner shop --profile slow",
        """\
        profiles: {slow: {timeout: 10s}}
        endpoints:
            cart: https://cart.acme.dev

            # the maps
            maps:
                  origin: https://maps.acme.dev

                  # timeout: 3s
            # later: https://later.acme.dev
        """,
        """\
        profiles: {slow: {timeout: 10s}}
        endpoints:
            cart: https://cart.acme.dev

            # the maps
            maps:
                  origin: https://maps.acme.dev

                  # timeout: 3s

            search:
                  owner: shop
                  profile: slow
                  route: /s/*
                  origin: https://search.acme.dev
            # later: https://later.acme.dev
        """,
    ),
    case(
        "a flow among flows",
        "add search https://search.acme.dev --owner shop",
        "endpoints:\n  cart: {origin: https://cart.acme.dev}\n",
        "endpoints:\n  cart: {origin: https://cart.acme.dev}\n  search: {owner: shop, origin: https://search.acme.dev}\n",
    ),
    case(
        "into a flow",
        "add search https://search.acme.dev/a,b --owner shop",
        "endpoints: {cart: https://cart.acme.dev}   # all\n",
        'endpoints: {cart: https://cart.acme.dev, search: {owner: shop, origin: "https://search.acme.dev/a,b"}}   # all\n',
    ),
    case(
        "into a flow over several lines",
        "add search https://search.acme.dev",
        "endpoints: {\n  cart: https://cart.acme.dev   # ours\n}\n",
        "endpoints: {\n  cart: https://cart.acme.dev,   # ours\n  search: https://search.acme.dev\n}\n",
    ),
    case(
        "where the line has no end",
        "add search https://search.acme.dev",
        "endpoints:\n  cart: https://cart.acme.dev",
        "endpoints:\n  cart: https://cart.acme.dev\n  search: https://search.acme.dev",
    ),
    case(
        "where there is no endpoint yet",
        "add search https://search.acme.dev",
        "defaults:\n    breaker:\n        window: 10s\nendpoints: {}   # none yet\nproject: shop\n",
        "defaults:\n    breaker:\n        window: 10s\nendpoints:   # none yet\n    search: https://search.acme.dev\nproject: shop\n",
    ),
    case(
        "where there is no section yet",
        "add search https://search.acme.dev --owner shop",
        "project: shop   # ours\n# the end\n",
        "project: shop   # ours\nendpoints:\n  search:\n    owner: shop\n    origin: https://search.acme.dev\n# the end\n",
    ),
    case(
        "behind keys with question marks",
        "add search https://search.acme.dev",
        "endpoints:\n  ? cart\n  : https://cart.acme.dev\n",
        "endpoints:\n  ? cart\n  : https://cart.acme.dev\n  search: https://search.acme.dev\n",
    ),
    case(
        "before the mark that ends the document",
        "add search https://search.acme.dev",
        "endpoints:\n  cart: https://cart.acme.dev\n...\n",
        "endpoints:\n  cart: https://cart.acme.dev\n  search: https://search.acme.dev\n...\n",
    ),
]

REMOVE = [
    case(
        "with its comments; a section's comment stays",
        "remove cart --yes",
        """\
        endpoints:
          # the first
          search: https://search.acme.dev

          # the shop

          # the cart,
          # busy
          cart:   # theirs
            origin: https://cart.acme.dev   # where
            # timeout: 3s

            # the end of it

          maps: https://maps.acme.dev
        """,
        """\
        endpoints:
          # the first
          search: https://search.acme.dev

          # the shop

          maps: https://maps.acme.dev
        """,
    ),
    case(
        "the first",
        "remove cart --yes",
        "endpoints:\n  # busy\n  cart: https://cart.acme.dev\n\n  # calm\n  maps: https://maps.acme.dev\n",
        "endpoints:\n  # calm\n  maps: https://maps.acme.dev\n",
    ),
    case(
        "the last, with the empty line above it",
        "remove cart --yes",
        "endpoints:\n  maps: https://maps.acme.dev\n\n  # busy\n  cart: https://cart.acme.dev\n\n# the end\nproject: shop\n",
        "endpoints:\n  maps: https://maps.acme.dev\n\n# the end\nproject: shop\n",
    ),
    case(
        "the last line, which has no end",
        "remove cart --yes",
        "endpoints:\n  maps: https://maps.acme.dev\n  cart: https://cart.acme.dev",
        "endpoints:\n  maps: https://maps.acme.dev",
    ),
    case(
        "a group keeps its distance",
        "remove cart --yes",
        "endpoints:\n  maps: https://maps.acme.dev\n\n  cart: https://cart.acme.dev\n  search: https://search.acme.dev\n",
        "endpoints:\n  maps: https://maps.acme.dev\n\n  search: https://search.acme.dev\n",
    ),
    case(
        "from a flow: first, middle and last",
        "remove b --yes",
        "endpoints: {a: https://a.dev, b: {origin: https://b.dev}, c: https://c.dev}\n",
        "endpoints: {a: https://a.dev, c: https://c.dev}\n",
    ),
    case(
        "from a flow, the first",
        "remove a --yes",
        "endpoints: { a: https://a.dev, b: https://b.dev }\n",
        "endpoints: { b: https://b.dev }\n",
    ),
    case(
        "from a flow over several lines, the last",
        "remove b --yes",
        "endpoints: {\n  a: https://a.dev,   # one\n  # two\n  b: https://b.dev   # and its own\n}\n",
        "endpoints: {\n  a: https://a.dev   # one\n}\n",
    ),
    case(
        "from a flow over several lines, the last, with its comma",
        "remove b --yes",
        "endpoints: {\n  a: https://a.dev,   # one\n  b: https://b.dev,\n}\n",
        "endpoints: {\n  a: https://a.dev,   # one\n}\n",
    ),
    case(
        "from a flow over several lines, one of two on a line",
        "remove b --yes",
        "endpoints: {a: https://a.dev, # one\n  b: https://b.dev, c: https://c.dev}\n",
        "endpoints: {a: https://a.dev # one\n  , c: https://c.dev}\n",
    ),
    case(
        "with its question mark",
        "remove cart --yes",
        "endpoints:\n  ? maps\n  : https://maps.acme.dev\n  # busy\n  ? cart\n  : https://cart.acme.dev # x\n",
        "endpoints:\n  ? maps\n  : https://maps.acme.dev\n",
    ),
    case(
        "with its changes in environments",
        "remove cart --yes",
        """\
        endpoints: {cart: https://cart.acme.dev, maps: https://maps.acme.dev}
        environments:
          staging: {endpoints: {cart: {timeout: 9s}, maps: {timeout: 8s}}}
          prod:   # live
            # only this
            endpoints:
              # busy
              cart: null
          test:
            defaults: {timeout: 9s}
            endpoints: {cart: https://cart.test.acme.dev}
        """,
        """\
        endpoints: {maps: https://maps.acme.dev}
        environments:
          staging: {endpoints: {maps: {timeout: 8s}}}
          prod: {}   # live
          test:
            defaults: {timeout: 9s}
        """,
    ),
    case(
        "one that uses others' anchors",
        "remove cart --yes",
        "x-slow: &slow {timeout: 9s}\nendpoints:\n  maps: &maps https://maps.acme.dev\n  cart: {<<: *slow, origin: *maps}\n",
        "x-slow: &slow {timeout: 9s}\nendpoints:\n  maps: &maps https://maps.acme.dev\n",
    ),
]

CASES = [pytest.param(one, id=f"{one.line.split()[0]}: {one.name}") for one in (*SET, *ADD, *REMOVE)]
ENDS = {"as it is": "\n", "windows": "\r\n"}


@pytest.mark.parametrize("ends", ENDS)
@pytest.mark.parametrize("lead", [b"", b"\xef\xbb\xbf"], ids=["", "bom"])
@pytest.mark.parametrize("one", CASES)
def test_an_edit_changes_what_it_says_and_no_byte_more(
    kampkin: Kampkin, tmp_path: Path, one: Case, lead: bytes, ends: str
) -> None:
    """The text afterwards is the one of the table, with either end of line and with a byte order mark too."""
    file = tmp_path / "kampkin.yaml"
    file.write_bytes(lead + one.before.replace("\n", ENDS[ends]).encode())
    ran = kampkin(one.line)
    assert (ran.code, ran.err.partition("error")[2]) == (0, ""), ran.err
    assert file.read_bytes().decode() == (lead + one.after.replace("\n", ENDS[ends]).encode()).decode()
    assert [path.name for path in tmp_path.iterdir()] == ["kampkin.yaml"]


@pytest.mark.parametrize("one", [pytest.param(one, id=one.name) for one in ADD if "https://cart" in one.before])
def test_what_was_added_can_be_removed(kampkin: Kampkin, tmp_path: Path, one: Case) -> None:
    """`remove` after `add` gives the bytes back."""
    file = tmp_path / "kampkin.yaml"
    file.write_text(one.before)
    assert kampkin(one.line).code == 0
    assert kampkin("remove search --yes").code == 0
    assert file.read_text() == one.before


@pytest.mark.parametrize("one", [pytest.param(one, id=one.name) for one in SET if "fallback.1=" not in one.line])
def test_what_is_so_already_is_not_written(kampkin: Kampkin, tmp_path: Path, one: Case) -> None:
    """The same `set` a second time changes nothing, says so, and leaves the file alone."""
    file = tmp_path / "kampkin.yaml"
    file.write_text(one.after)
    stamp = file.stat().st_ino
    assert kampkin(one.line).out == "nothing to change\n"
    assert (file.stat().st_ino, file.read_text()) == (stamp, one.after)
