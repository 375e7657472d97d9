"""What is said of the edges: a line while one waits, and the verdict at the end. Times are UTC."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from kampkin.operate.words import moment
from kampkin.plan import TargetName
from kampkin.wait.sight import Running, Sight
from kampkin.wait.standing import ENOUGH, Standing, Wanted


def clock(at_s: float) -> str:
    """The time of day."""
    return moment(round(at_s * 1000), round(at_s * 1000))


def short(digest: str) -> str:
    """As much of a digest as tells it from any other."""
    return digest[:19]


def line(one: Standing) -> str:
    """An edge in a line."""
    return "; ".join([f"{one.wanted.target}: {state(one)}", *front(one)])


def state(one: Standing) -> str:
    """What the last poll has come to."""
    if one.is_live and one.since_s is not None:
        places = ", ".join(sorted(one.places))
        return f"live since {clock(one.since_s)} (after {round(one.since_s - one.begun_s)} s), answered by {places}"
    if one.fits:
        return (
            "answers as it should, but not everywhere yet"
            if one.is_rolling_out
            else f"answers as it should, {one.row} of {ENOUGH} times in a row"
        )
    return ", ".join(others(one))


def others(one: Standing) -> Iterator[str]:
    """What is answered in place of what should be, the most frequent first."""
    sights = one.last.sights if one.last else ()
    for words, count in Counter(said(seen, one.wanted) for seen in sights if not one.wanted.fits(seen)).most_common():
        yield words if count == len(sights) else f"{words}, {count} of {len(sights)} answers"


def said(seen: Sight, wanted: Wanted) -> str:
    """What an answer is that is not as it should be."""
    if not isinstance(seen, Running):
        return seen.words
    if not wanted.is_it(seen):
        return f"another deployment answers: {' '.join(filter(None, (seen.project, seen.environment)))} on {seen.edge}"
    if seen.plan != wanted.plan:
        return f"still the plan before, {short(seen.plan)}"
    return f"the plan, but still the runtime before, {short(seen.runtime)}"


def front(one: Standing) -> Iterator[str]:
    """What CloudFront says, while that matters."""
    if one.last and one.last.front and not one.is_live:
        versions = one.last.front.versions
        named = f", function version {', '.join(versions)}" if versions else ""
        yield f"CloudFront says {one.last.front.status}{named}"


def mark(one: Standing) -> object:
    """What changes when there is something new to say; how many of the answers are still old is not."""
    kinds = (
        frozenset(said(seen, one.wanted) for seen in one.last.sights if not one.wanted.fits(seen)) if one.last else None
    )
    return one.is_live, one.fits, kinds, one.last and one.last.front


def verdict(all_: Sequence[Standing], file: str) -> str:
    """What is to be said when patience has ended, and the command that finishes it."""
    late = [one for one in all_ if not one.is_live]
    is_begun = any(one.wanted.fits(seen) for one in all_ for seen in (one.last.sights if one.last else ()))
    head = "half rolled out" if is_begun else "not live"
    runs = ", ".join(f"{one.wanted.target} {does(one)}" for one in all_)
    return f"{head}: {runs}; finish it with: {' && '.join(dict.fromkeys(finish(one, file) for one in late))}"


def does(one: Standing) -> str:
    """What an edge runs, as far as that is known."""
    if one.is_live or one.fits:
        where = "" if one.is_live else " here, and not yet everywhere" if one.is_rolling_out else " since a moment ago"
        return f"runs {short(one.wanted.plan)}{where}"
    plans = Counter(seen.plan for seen in runnings(one) if one.wanted.is_it(seen))
    if set(plans) == {one.wanted.plan}:
        return f"runs {short(one.wanted.plan)}, but not all of it by this release"
    if plans:
        return "runs " + " and ".join(short(plan) for plan, _ in plans.most_common())
    return f"is not there ({', '.join(others(one))})"


def finish(one: Standing, file: str) -> str:
    """The command that brings an edge to what it should run; where CloudFront is at it already there is only waiting."""
    environment = one.wanted.environment
    if one.is_rolling_out or one.is_agreeing:
        named = [file] if file != "kampkin.yaml" else []
        return shlex.join(["kampkin", "wait", *named, *(["--env", environment] if environment else [])])
    stack = ["--stack", environment] if environment else []
    return shlex.join(["pulumi", "up", *stack, "--cwd", f"stacks/{one.wanted.target}"])


def runnings(one: Standing) -> list[Running]:
    """What edges said of themselves at the last poll."""
    return [seen for seen in (one.last.sights if one.last else ()) if isinstance(seen, Running)]


def as_json(all_: Sequence[Standing], patience_s: float, said: str | None, file: str) -> dict[str, Any]:
    """Everything, for a program."""
    return {
        "version": 1,
        "live": all(one.is_live for one in all_),
        "plan": all_[0].wanted.plan,
        "runtime": all_[0].wanted.runtime,
        "timeoutMs": round(patience_s * 1000),
        "edges": [edge_json(one, file) for one in all_],
        "verdict": said,
    }


def edge_json(one: Standing, file: str) -> dict[str, Any]:
    """One edge."""
    target: TargetName = one.wanted.target
    seen = Counter((seen.plan, seen.runtime) for seen in runnings(one) if one.wanted.is_it(seen))
    front = one.last.front if one.last else None
    return {
        "target": target,
        "url": one.url,
        "live": one.is_live,
        "since": None if one.since_s is None or not one.is_live else round(one.since_s * 1000),
        "afterMs": None if one.since_s is None or not one.is_live else round((one.since_s - one.begun_s) * 1000),
        "places": sorted(one.places),
        "said": state(one),
        "runs": [
            {"plan": plan, "runtime": runtime, "answers": count} for (plan, runtime), count in sorted(seen.items())
        ],
        "cloudFront": front and {"status": front.status, "functionVersions": list(front.versions)},
        "unseen": list(one.last.unseen) if one.last else [],
        "finish": None if one.is_live else finish(one, file),
    }
