"""builtin/aws/lambda (config-entries.md 2.0.1)."""

from __future__ import annotations

from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.extensions.arguments import Extension
from meshgw.schema.fields import Block, block, boolean, text


@block
class LambdaArguments(Block):
    """An AWS Lambda function in place of a service."""

    arn: str = text("ARN")
    payload_passthrough: bool = boolean("PayloadPassthrough")
    invocation_mode: str = text("InvocationMode")


@rule("lambda-arn-missing", on="extension", consul="ARN is required")  # EX-10
def lambda_arn_missing(arguments: LambdaArguments, report: Report) -> None:
    """A Lambda extension that names no function.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{ Name = "builtin/aws/lambda", Arguments = { PayloadPassthrough = true } }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name      = "builtin/aws/lambda"
          Arguments = { ARN = "arn:aws:lambda:us-east-1:111111111111:function:web" }
        }]
    """
    if not arguments.arn:
        report("the extension has no `ARN`", at=("ARN",), help="set `ARN` to the function's")


AWS_LAMBDA = Extension(arguments=LambdaArguments, order=lambda_arn_missing)  # EX-10
