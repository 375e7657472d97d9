"""A Lambda function with a URL, which anybody may call; it keeps nothing, so it costs what its calls cost."""

from __future__ import annotations

import json

import pulumi
import pulumi_aws as aws

name = pulumi.Config().require("name")
provider = aws.Provider("us-east-1", region="us-east-1")
here = pulumi.ResourceOptions(provider=provider)
role = aws.iam.Role(
    "role",
    name=f"{name}-origin",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
            ],
        }
    ),
    opts=here,
)
function = aws.lambda_.Function(
    "function",
    name=f"{name}-origin",
    role=role.arn,
    runtime="nodejs24.x",
    handler="handler.handler",
    code=pulumi.AssetArchive({"handler.mjs": pulumi.FileAsset("handler.mjs")}),
    timeout=5,
    memory_size=128,
    opts=here,
)
url = aws.lambda_.FunctionUrl("url", function_name=function.name, authorization_type="NONE", opts=here)
aws.lambda_.Permission(
    "anybody",
    function=function.name,
    action="lambda:InvokeFunctionUrl",
    principal="*",
    function_url_auth_type="NONE",
    opts=here,
)
aws.lambda_.Permission(
    "anybody-by-url",  # asked for of function URLs since October 2025, beside the one above
    function=function.name,
    action="lambda:InvokeFunction",
    principal="*",
    invoked_via_function_url=True,
    opts=here,
)
pulumi.export("url", url.function_url)
