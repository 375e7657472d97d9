"""Whose credentials these are."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws


def check_account(account: str | None, lookup: pulumi.InvokeOptions) -> None:
    """Raises `pulumi.RunError` where AWS does not say whose the credentials are, or where they are not the account's."""
    try:
        caller = aws.get_caller_identity(opts=lookup)
    except Exception as problem:  # an invoke raises nothing narrower
        raise pulumi.RunError(
            f"nothing was touched: AWS does not say whose these credentials are: {problem}\n"
            "  hint: they are read as the AWS CLI reads them; this must answer: aws sts get-caller-identity"
        ) from None
    if account and caller.account_id and caller.account_id != account:
        raise pulumi.RunError(
            f"nothing was touched: these credentials are of the account {caller.account_id} ({caller.arn}), and this stack's "
            f"is {account}\n"
            "  hint: choose the credentials of the other account, or where this stack is meant for this one run: "
            f"pulumi config set account {caller.account_id}"
        )
