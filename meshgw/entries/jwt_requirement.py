"""Which tokens a request must carry: the blocks that intentions, gateways and routes share."""

from __future__ import annotations

from meshgw.schema.fields import Block, block, blocks, text, texts


@block
class ClaimVerification(Block):
    """A claim of the token and the value it must have."""

    path: tuple[str, ...] = texts("Path", doc="keys that lead to the claim, outermost first")
    value: str = text("Value", doc="the value the claim must have")


@block
class JWTProviderRequirement(Block):
    """A provider whose tokens are taken, and the claims that must match."""

    name: str = text("Name", doc="name of a jwt-provider")
    verify_claims: tuple[ClaimVerification, ...] = blocks(
        "VerifyClaims", ClaimVerification, alias="verify_claims", doc="claims that must all match"
    )
