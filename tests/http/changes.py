"""What changes in flight, and nothing else does: headers by edge and direction, as data. docs/http.md says it in words."""

from __future__ import annotations

from dataclasses import dataclass

from kampkin.plan import TargetName

HERE = r"127\.0\.0\.1:\d+"


@dataclass(frozen=True)
class Change:
    """What becomes of a header."""

    header: str
    sent: str | None
    """An example: with it the change is shown to happen. None: where nobody sends one."""

    becomes: str | None
    """All that arrives of it, joined, as a pattern; None: nothing."""

    why: str
    page: str = ""
    """What stands for it on the page, where that is not the header's name."""

    local: bool = False
    """Made by what stands here in a cloud's place; the page speaks of the cloud's own."""


HOP = "it holds for one hop, RFC 9110 7.6.1"
FORBIDDEN = "CloudFront answers 502 for a function that sets it"

ONWARD = (
    Change("x-forwarded-host", "evil.test", HERE, "where the caller asked; a caller's own would be a lie to believe"),
    Change("x-forwarded-host", None, HERE, "where the caller asked"),
    Change("forwarded", "for=192.0.2.1;host=evil.test", None, "it claims what nobody here has checked"),
    Change("kampkin-exchange", "plain;0;0;0", None, "it is for the call that it was made for"),
    Change("keep-alive", "timeout=5", None, HOP),
    Change("proxy-authenticate", "Basic", None, HOP),
    Change("proxy-authorization", "Basic dTpw", None, HOP),
    Change("proxy-connection", "keep-alive", None, HOP),
    Change("te", "trailers", None, HOP),
    Change("trailer", "x-sum", None, HOP),
    Change("upgrade", "h2c", None, HOP),
)

REQUEST: dict[TargetName, tuple[Change, ...]] = {
    "cloudflare": (
        *ONWARD,
        Change("connection", "close, x-a", None, HOP),
        Change("via", "1.0 a", "1.0 a, 1.1 kampkin", "RFC 9110 7.6.3; loops are found by it"),
        Change("via", None, "1.1 kampkin", "RFC 9110 7.6.3; loops are found by it"),
        Change("x-forwarded-proto", "ftp", "http", "how the caller asked; his own would be a lie to believe"),
        Change("x-forwarded-proto", None, "http", "how the caller asked"),
        Change("cf-worker", None, r".+", "the platform's own"),
        Change("content-length", None, "0", "the platform says so of a method that may have a body"),
    ),
    "aws": (
        *ONWARD,
        Change("connection", "close, x-a", "keep-alive", HOP),
        Change("connection", None, "keep-alive", HOP),
        Change(
            "via",
            "1.0 a",
            r"1\.0 a, 1\.1 \S+ \(CloudFront\), 1\.1 kampkin",
            "as on Workers, CloudFront's own before it",
        ),
        Change("via", None, r"1\.1 \S+ \(CloudFront\), 1\.1 kampkin", "as on Workers, CloudFront's own before it"),
        Change("x-forwarded-for", "192.0.2.1", "192.0.2.1, 127.0.0.1", "CloudFront appends the caller's address"),
        Change("x-forwarded-for", None, "127.0.0.1", "CloudFront appends the caller's address"),
        Change("x-forwarded-proto", "ftp", "https", "how the caller asked: CloudFront hides it, and is asked by https"),
        Change("x-forwarded-proto", None, "https", "how the caller asked: CloudFront hides it, and is asked by https"),
        Change("x-real-ip", "192.0.2.1", None, "CloudFront hides it"),
        Change("x-edge-a", "1", None, "CloudFront hides it", page="X-Edge-*"),
        Change("x-amz-cf-id", "1", None, "CloudFront hides it", page="X-Amz-Cf-*"),
        Change("x-amzn-requestid", "1", None, "CloudFront hides it", page="X-Amzn-*"),
        Change("x-accel-redirect", "/etc", None, "CloudFront hides it", page="X-Accel-*"),
        Change("x-cache", "1", None, "CloudFront hides it"),
    ),
}

ANSWER: dict[TargetName, tuple[Change, ...]] = {
    "cloudflare": (Change("connection", "close", None, HOP),),
    "aws": (
        Change("connection", "close", "keep-alive", HOP, local=True),
        Change("connection", None, "keep-alive", HOP, local=True),
        Change("keep-alive", None, r"timeout=\d+", HOP, local=True),
        *(
            Change(name, sent, None, HOP)
            for name, sent in (
                ("proxy-authenticate", 'Basic realm="Fake Realm"'),
                ("proxy-connection", "keep-alive"),
                ("te", "trailers"),
                ("trailer", "x-sum"),
                ("upgrade", "h2c"),
            )
        ),
        *(
            Change(name, "1", None, FORBIDDEN, page=page)
            for name, page in (
                ("via", ""),
                ("expect", ""),
                ("x-accel-redirect", "X-Accel-*"),
                ("x-amz-cf-id", "X-Amz-Cf-*"),
                ("x-amzn-requestid", "X-Amzn-*"),
                ("x-edge-a", "X-Edge-*"),
                ("x-forwarded-proto", ""),
                ("x-real-ip", ""),
            )
        ),
        Change("x-cache", "HIT from origin", "LambdaGeneratedResponse from cloudfront", FORBIDDEN, local=True),
        Change("x-cache", None, "LambdaGeneratedResponse from cloudfront", "CloudFront says so", local=True),
    ),
}


def change_of(table: tuple[Change, ...], header: str, sent: str | None) -> Change | None:
    """What the table says of a header that was sent so, or not sent; None where it passes."""
    return next((one for one in table if one.header == header and (one.sent is None) == (sent is None)), None)
