"""Why an update failed, and what to do: what Pulumi, its providers and the clouds print, by what it means.

Nothing of a log is repeated but the names that a pattern picks out of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kampkin.extras import command_of

AGAIN = "pulumi up"


@dataclass(frozen=True)
class Failure:
    """One thing that went wrong."""

    id: str
    means: str
    """What happened, in a sentence."""
    do: str
    """What ends it."""
    run: str | None = None
    """The command for that, if it is one."""

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {"id": self.id, "means": self.means, "do": self.do, "run": self.run}


@dataclass(frozen=True)
class Cause:
    """How a failure reads in a log. Its texts may use the groups of the pattern by name."""

    id: str
    pattern: str
    means: str
    do: str
    run: str | None = None


def code(*numbers: int) -> str:
    """The pattern of one of Cloudflare's codes, as its API, the provider and wrangler write it."""
    said = "|".join(map(str, numbers))
    return rf'"?\bcode"?\s*[:=]\s*"?(?:{said})\b|\((?:{said})\)'


def protected_resource(words: str) -> str:
    """The pattern of what is said of a resource, in a log of lines and in one of JSON."""
    return words.format(urn=r'\\?"(?P<urn>urn:[^"\\\']*::(?P<name>[^":\\\']+))\\?"', gap=r"(?:\s|\\n)+")


CAUSES = (
    # The engine and its surroundings.
    Cause(
        "passphrase-missing",
        r"passphrase must be set with PULUMI_CONFIG_PASSPHRASE",
        "The stack's secrets are encrypted with a passphrase, and Pulumi was not told it.",
        "Set it; it may be empty where it was empty when the stack was made.",
        "export PULUMI_CONFIG_PASSPHRASE=…",
    ),
    Cause(
        "passphrase-wrong",
        r"incorrect passphrase",
        "The passphrase is not the one that the stack's secrets were encrypted with.",
        "Set PULUMI_CONFIG_PASSPHRASE to the one that the stack was made with; without it its secrets cannot be read.",
    ),
    Cause(
        "not-logged-in",
        r"PULUMI_ACCESS_TOKEN must be set|please run `?pulumi login|not logged in|\[401\] Unauthorized|invalid access token",
        "Pulumi does not know where the state of the stacks is, or may not read it.",
        "Log in to where the state is: a bucket, a folder, or Pulumi Cloud with PULUMI_ACCESS_TOKEN.",
        "pulumi login s3://BUCKET   # or file://~, or nothing for Pulumi Cloud",
    ),
    Cause(
        "stack-missing",
        r"no stack named '(?P<stack>[^']+)' found",
        "There is no stack {stack} where Pulumi keeps its state.",
        "Make it, if this is its first time; else log in to where it is: `pulumi stack ls --all` lists those that are here.",
        "pulumi stack init {stack}",
    ),
    Cause(
        "stack-not-chosen",
        r"no stack selected; please use",
        "Pulumi was not told which stack.",
        "Choose one by its environment.",
        "pulumi stack select ENVIRONMENT",
    ),
    Cause(
        "host-missing",
        r"no language plugin 'pulumi-language-(?P<plugin>[\w-]+)'",
        "Pulumi's own installation is not whole: what runs a program in {plugin} is missing beside the CLI.",
        "Install Pulumi from its full package rather than the one binary.",
        "curl -fsSL https://get.pulumi.com | sh",
    ),
    Cause(
        "plugin-missing",
        r"no resource plugin 'pulumi-resource-(?P<plugin>[\w-]+)' found(?: in the workspace at version (?P<version>v[\w.+-]+))?",
        "The provider {plugin} is not installed here, and was not fetched.",
        "Install it, or let Pulumi do so: unset PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION.",
        "pulumi plugin install resource {plugin} {version}",
    ),
    Cause(
        "package-missing",
        r"No module named '(?P<package>kampkin|pulumi\w*)",
        "The Python that Pulumi runs the program with lacks the package {package}.",
        "Install Kampkin with its extra into the environment that the stack's Pulumi.yaml names.",
        f"{command_of('deploy')}   # in a clone: pip install '.[deploy]'",
    ),
    Cause(
        "python-missing",
        r"there is no Python at |doesn't appear to be a virtual environment|virtualenv' option in Pulumi\.yaml is set",
        "The virtual environment that the stack's Pulumi.yaml names is not there.",
        "Make it, with Kampkin in it.",
        f"python3 -m venv .venv && .venv/bin/{command_of('deploy')}   # in the repository's root; in a clone: pip install '.[deploy]'",
    ),
    Cause(
        "engine-too-old",
        r"newer than what this version of the Pulumi CLI understands|not supported by this version of the Pulumi CLI"
        r"|Pulumi CLI version \S+ does not satisfy|[Pp]lease (?:update|upgrade) (?:your version of )?the Pulumi CLI"
        r"|requires Pulumi CLI version|unknown (?:shorthand )?flag",
        "This Pulumi is older than the stack's state, or than its Python packages, need.",
        "Use the one that the others use; at least 3.227.",
        "curl -fsSL https://get.pulumi.com | sh",
    ),
    Cause(
        "locked",
        r"the stack is currently locked by \d+ lock|\[409\] Conflict: Another update is currently in progress",
        "Another update of this stack is running, or one died and left its lock behind.",
        "Wait for it. Only where nothing is running any more, and the log names whose lock it is and since when, remove it; "
        "then run it again.",
        "pulumi cancel && pulumi up",
    ),
    Cause(
        "half-finished",
        r"with \d+ pending operations from previous deployment"
        r"|current deployment has \d+ resource\(s\) with pending operations",
        "An update was cut off in the middle of a change: Pulumi does not know whether that happened.",
        "Compare the state with the cloud, which clears what is pending, and finish.",
        "pulumi refresh && pulumi up",
    ),
    Cause(
        "protected",
        protected_resource(r"resource {urn} cannot be deleted{gap}because it is protected"),
        "{name} holds the breakers' state and is protected; the update would delete it.",
        "If the file is wrong, put back what it said. If it is to go, and the state in it, let go of it first.",
        "pulumi state unprotect '{urn}'",
    ),
    Cause(
        "protected",
        protected_resource(r"unable to replace resource {urn}{gap}as it is currently marked for protection"),
        "{name} holds the breakers' state and is protected; the update would make it anew. Its name has changed: by project or "
        "environment, or its region.",
        "If that was not meant, put back what the file said. If it was, deploy it as a new stack beside this one, move callers, "
        'and destroy this one: docs/deploy.md, "Changes that move state".',
    ),
    # What the programs say themselves.
    Cause(
        "settings",
        r"nothing was touched: (?:one thing is|\d+ things are) wrong with this stack's settings",
        "The stack's settings are not complete, or not right; nothing was touched.",
        "The log says below it what is wrong with each, and the command that mends it.",
    ),
    Cause(
        "file",
        r"\S+\.ya?ml is not sound",
        "The file has errors; nothing was touched.",
        "Mend what is found.",
        "kampkin check",
    ),
    Cause(
        "target-gone",
        r"has no target (?P<target>cloudflare|aws)\b",
        "The file has no target {target} for this stack: there is nothing to deploy in its folder.",
        "Put the target back, or take away what is still there from before.",
        "pulumi destroy",
    ),
    Cause(
        "environment-missing",
        r"there is no environment '(?P<environment>[^']+)' in",
        "The file declares no environment {environment}, which the stack's settings name.",
        "Declare it under environments, or name one that there is.",
        "pulumi config set environment ENVIRONMENT",
    ),
    # AWS.
    Cause(
        "aws-no-credentials",
        r"No valid credential sources found|no EC2 IMDS role found|NoCredentialProviders|Unable to locate credentials"
        r"|failed to refresh cached credentials|unable to validate AWS credentials",
        "There are no credentials for AWS.",
        "Log in, or set AWS_PROFILE; in CI take a role by OIDC: docs/deploy.md.",
        "aws sso login && aws sts get-caller-identity",
    ),
    Cause(
        "aws-expired",
        r"ExpiredToken|security token included in the request is expired|RequestExpired",
        "The credentials for AWS have expired; what was done until then is in the state.",
        "Log in again, and let the same command finish.",
        "aws sso login && pulumi up",
    ),
    Cause(
        "aws-bad-credentials",
        r"InvalidClientTokenId|UnrecognizedClientException|SignatureDoesNotMatch|Invalid credentials configured",
        "AWS does not know these credentials.",
        "Look whose they are, and take those of the right account.",
        "aws sts get-caller-identity",
    ),
    Cause(
        "aws-wrong-account",
        r"AWS [Aa]ccount ID not allowed: (?P<account>\d+)",
        "These credentials are of the account {account}, which the stack does not allow.",
        "Take those of the account that the stack is in.",
        "aws sts get-caller-identity",
    ),
    Cause(
        "aws-wrong-account",
        r"these credentials are of the account (?P<account>\d+)",
        "These credentials are of the account {account}, and the stack is another's.",
        "Take those of the account that the stack is in.",
        "aws sts get-caller-identity",
    ),
    Cause(
        "aws-denied",
        r"is not authorized to perform: (?P<action>[\w-]+:\w+)",
        "The role that deploys may not do {action}.",
        "Allow that action for the role: docs/deploy.md has the policy, stacks/bootstrap makes the role. Then let the same "
        "command finish.",
        AGAIN,
    ),
    Cause(
        "aws-denied",
        r"\b(?:AccessDenied|AccessDeniedException|UnauthorizedOperation)\b",
        "AWS refuses something that the role may not do; the log names the call.",
        "Allow it for the role: docs/deploy.md has the policy. Then let the same command finish.",
        AGAIN,
    ),
    Cause(
        "aws-certificate",
        r"InvalidViewerCertificate|certificate doesn't exist, isn't in us-east-1|isn't in us-east-1",
        "CloudFront cannot use the certificate: it takes only one that is issued, covers the host and is in us-east-1.",
        "Name one that is.",
        "aws acm list-certificates --region us-east-1",
    ),
    Cause(
        "aws-host-taken",
        r"CNAMEAlreadyExists|CNAMEs you provided are already associated with a different resource"
        r"|DNS record that points to another CloudFront distribution",
        "Another CloudFront distribution has the host, in this account or in another.",
        "Take the host from that one, or point its DNS record elsewhere; then let the same command finish.",
        "aws cloudfront list-conflicting-aliases --distribution-id ID --alias HOST",
    ),
    Cause(
        "aws-distributions",
        r"TooManyDistributionsWithLambdaAssociations|TooManyLambdaFunctionAssociations|TooManyDistributions\b"
        r"|TooManyDistributionsAssociated\w+|TooManyDistributionsWithSingleFunctionARN",
        "The account has as many CloudFront distributions, or distributions with functions, as it may.",
        "Ask AWS for more: Service Quotas, Amazon CloudFront. Or remove some.",
        "aws service-quotas list-service-quotas --service-code cloudfront --region us-east-1",
    ),
    Cause(
        "aws-storage",
        r"CodeStorageExceeded",
        "The account's Lambda functions and their versions take up all the space they may; Kampkin keeps its old versions.",
        "Delete versions that no distribution uses any more, hours after they were last used.",
        "aws lambda list-versions-by-function --function-name NAME --region us-east-1",
    ),
    Cause(
        "aws-replicated",
        r"because it is a replicated function",
        "CloudFront's edges still have copies of the function, for some hours after the last distribution let go of it.",
        "Nothing is broken. Leave it to later, or take it out of the state and delete it some day.",
        "pulumi destroy   # again, in a few hours",
    ),
    Cause(
        "aws-quota",
        r"(?<!Code)(?<!\w)(?:Service)?(?:LimitExceeded|QuotaExceeded)(?:Exception)?\b",
        "The account has as many of something as it may; the log names the call.",
        "Ask AWS for more: Service Quotas. Or remove what is not used. Then let the same command finish.",
        AGAIN,
    ),
    Cause(
        "aws-oidc",
        r"EntityAlreadyExists: Provider with url",
        "The account has GitHub's OIDC provider already, and can have no second.",
        "Name it to the stack, and let the same command finish.",
        "pulumi config set oidcProviderArn arn:aws:iam::ACCOUNT:oidc-provider/token.actions.githubusercontent.com && pulumi up",
    ),
    Cause(
        "aws-taken",
        r"EntityAlreadyExists(?!: Provider with url)|ResourceInUseException: Table already exists|ResourceConflictException: Function already exist"
        r"|ResourceAlreadyExistsException|QueueAlreadyExists",
        "Something of that name is in the account already and not in this stack: of another project of the same name, or of a "
        "stack whose state was lost.",
        "Give the project another name, or take what is there into this stack.",
        "pulumi import TYPE NAME ID",
    ),
    Cause(
        "aws-busy",
        r"ThrottlingException|Rate exceeded|TooManyRequestsException",
        "AWS was asked too much at once; what was done until then is in the state.",
        "Let the same command finish.",
        AGAIN,
    ),
    # Cloudflare.
    Cause(
        "cloudflare-migration",
        r"[Mm]igration tag precondition failed|" + code(10079),
        "The state Worker was changed since this update began, or from outside: its migration tag is not the one that was "
        "looked up.",
        "Run it again: the tag is looked up anew. The breakers' state stays.",
        AGAIN,
    ),
    Cause(
        "cloudflare-scripts",
        r"exceeded the limit of \d+ (?:Workers|scripts)|" + code(10037),
        "The account has as many Workers as its plan allows; Kampkin needs two an environment.",
        "Delete some, or take a larger plan; then let the same command finish.",
        AGAIN,
    ),
    Cause(
        "cloudflare-host-taken",
        r"externally managed DNS records|" + code(100117),
        "The host has a DNS record of its own, where the Worker's is to be.",
        "If callers may move to the Worker now, delete that record in the zone; else choose another host. Then let the same "
        "command finish.",
        AGAIN,
    ),
    Cause(
        "cloudflare-route-taken",
        r"route with the same pattern already exists|" + code(10020),
        "Another Worker of the zone has that route already.",
        "Delete the route there, or take another host; then let the same command finish.",
        AGAIN,
    ),
    Cause(
        "cloudflare-taken",
        r"the Worker \S+ is another deployment's",
        "A Worker of this deployment's names is another deployment's: project and environment, joined by a line, are the same for "
        "both. Nothing was touched.",
        "Give the project or the environment another name in kampkin.yaml.",
    ),
    Cause(
        "cloudflare-wrong-account",
        r"Could not route to (?:/client/v4)?/(?:accounts|zones)|" + code(7003),
        "There is no such account or zone, or the token is of another.",
        "Set the account's own number, and the zone's: both are on its overview page.",
        "pulumi config set accountId …",
    ),
    Cause(
        "cloudflare-no-credentials",
        r"one of `api_key,api_token|credentials are not set properly|must provide (?:one of )?.?api_token"
        r"|Missing X-Auth-Key, X-Auth-Email or Authorization|" + code(9106),
        "There is no token for Cloudflare.",
        "Set CLOUDFLARE_API_TOKEN; docs/deploy.md lists what the token may.",
        "export CLOUDFLARE_API_TOKEN=…",
    ),
    Cause(
        "cloudflare-denied",
        code(10000, 9109, 10001, 6003, 6111) + r"|Unauthorized to access requested resource|Invalid API Token",
        "Cloudflare does not take the token: it is wrong or has expired, is of another account, or may not do this.",
        "Look at it, and give it what docs/deploy.md lists.",
        'curl -H "Authorization: Bearer $CLOUDFLARE_API_TOKEN" https://api.cloudflare.com/client/v4/user/tokens/verify',
    ),
    # The network.
    Cause(
        "network",
        r"no such host|i/o timeout|TLS handshake timeout|Temporary failure in name resolution|connect: connection refused"
        r"|network is unreachable|connection reset by peer",
        "A cloud, or the place of the state, could not be reached.",
        "Look at the network and its proxy; then let the same command finish.",
        AGAIN,
    ),
)
"""Where two patterns fit one place, the first is meant: what is named closer stands before what is not."""


def explain(text: str) -> Failure | None:
    """What a log says first that is known; None where nothing is."""
    return next(explained(text), None)


def explained(text: str) -> Iterator[Failure]:
    """All that a log says and that is known, each once, in the order of the log. What a log names is not said again without
    its name."""
    hits = [(hit.start(), rank, hit) for rank, cause in enumerate(CAUSES) for hit in re.finditer(cause.pattern, text)]
    named = {CAUSES[rank].id for _, rank, hit in hits if hit.groupdict()}
    told: set[Failure] = set()
    for _, rank, hit in sorted(hits, key=lambda one: one[:2]):
        failure = filled(CAUSES[rank], hit)
        if failure not in told and (hit.groupdict() or failure.id not in named):
            told.add(failure)
            yield failure


def filled(cause: Cause, hit: re.Match[str]) -> Failure:
    """A cause with the names out of the log."""
    names = {key: value or "" for key, value in hit.groupdict().items()}
    run = cause.run.format(**names).strip() if cause.run else None
    return Failure(cause.id, cause.means.format(**names), cause.do.format(**names), run)
