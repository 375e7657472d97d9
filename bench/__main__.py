"""`python -m bench [breaker|worker|lambda|bundle|cost|language|dashboard]`: measures one thing, or all, and prints tables."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from bench import breaker, bundles, costs, dashboard, lambdas, language, worker
from bench.table import Table
from kampkin.errors import Cannot

BENCHES: dict[str, Callable[[int, bool], list[Table]]] = {
    "breaker": breaker.run,
    "worker": worker.run,
    "lambda": lambdas.run,
    "bundle": bundles.run,
    "cost": costs.run,
    "language": language.run,
    "dashboard": dashboard.run,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit code, 2 where something that it needs is missing."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures what Kampkin costs.")
    parser.add_argument("which", nargs="?", choices=BENCHES, help="default: all, one after another")
    parser.add_argument("--rounds", type=int, default=15, metavar="N", help="default: 15")
    parser.add_argument("--quick", action="store_true", help="short rounds: shows that it runs, not what it measures")
    parser.add_argument("--markdown", action="store_true", help="print markdown, as in docs/performance.md")
    args = parser.parse_args(argv)
    if args.rounds < 1:
        parser.error("--rounds must be 1 or more")
    try:
        for run in [BENCHES[args.which]] if args.which else BENCHES.values():
            for table in run(args.rounds, args.quick):
                print(table.markdown()) if args.markdown else table.show()
    except Cannot as problem:
        print(f"bench: {problem.message}", file=sys.stderr)
        if problem.hint:
            print(f"  hint: {problem.hint}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
