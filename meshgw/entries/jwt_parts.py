"""The blocks of a jwt-provider entry (config-entries.md 2.18)."""

from __future__ import annotations

from meshgw.schema.fields import (
    Block,
    block,
    boolean,
    duration,
    integer,
    obj,
    raw_bytes,
    text,
)

KIND = "jwt-provider"
DISCOVERY_TYPES = ("STRICT_DNS", "STATIC", "LOGICAL_DNS", "EDS", "ORIGINAL_DST")


@block
class LocalJWKS(Block):
    """A key set given in the entry or in a file on the proxy's host."""

    jwks: str = text("JWKS", secret=True, doc="the key set, base64")
    filename: str = text("Filename", doc="a file on every proxy's host that holds the key set")


@block
class RetryPolicyBackOff(Block):
    """How long to wait between retries."""

    base_interval: int = duration("BaseInterval", alias="base_interval", doc="first wait")
    max_interval: int = duration("MaxInterval", alias="max_interval", doc="longest wait; none when 0")


@block
class JWKSRetryPolicy(Block):
    """How often a failed fetch is tried again."""

    num_retries: int = integer("NumRetries", alias="num_retries")
    retry_policy_back_off: RetryPolicyBackOff | None = obj(
        "RetryPolicyBackOff", RetryPolicyBackOff, optional=True, alias="retry_policy_back_off"
    )


@block
class CaCertificateProviderInstance(Block):
    """A certificate provider of the proxy's bootstrap."""

    instance_name: str = text("InstanceName", alias="instance_name")
    certificate_name: str = text("CertificateName", alias="certificate_name")


@block
class TrustedCA(Block):
    """The CA of the key set's server: exactly one of four ways to give it."""

    filename: str = text("Filename")
    environment_variable: str = text("EnvironmentVariable", alias="environment_variable")
    inline_string: str = text("InlineString", alias="inline_string")
    inline_bytes: bytes = raw_bytes("InlineBytes", alias="inline_bytes")


@block
class JWKSTLSCertificates(Block):
    """How the key set's server is recognized: exactly one of the two."""

    ca_certificate_provider_instance: CaCertificateProviderInstance | None = obj(
        "CaCertificateProviderInstance",
        CaCertificateProviderInstance,
        optional=True,
        alias="ca_certificate_provider_instance",
    )
    trusted_ca: TrustedCA | None = obj("TrustedCA", TrustedCA, optional=True, alias="trusted_ca")


@block
class JWKSCluster(Block):
    """How proxies reach the server of the key set."""

    discovery_type: str = text(
        "DiscoveryType", alias="discovery_type", one_of=DISCOVERY_TYPES, doc="`STRICT_DNS` when empty"
    )
    tls_certificates: JWKSTLSCertificates | None = obj(
        "TLSCertificates", JWKSTLSCertificates, optional=True, alias="tls_certificates"
    )
    connect_timeout: int = duration("ConnectTimeout", alias="connect_timeout")


@block
class RemoteJWKS(Block):
    """A key set that proxies fetch."""

    uri: str = text("URI", doc="where the key set is")
    request_timeout_ms: int = integer("RequestTimeoutMs", alias="request_timeout_ms")
    cache_duration: int = duration("CacheDuration", alias="cache_duration")
    fetch_asynchronously: bool = boolean("FetchAsynchronously", alias="fetch_asynchronously")
    use_sni: bool = boolean("UseSNI", alias="use_sni")
    retry_policy: JWKSRetryPolicy | None = obj(
        "RetryPolicy", JWKSRetryPolicy, optional=True, alias="retry_policy"
    )
    jwks_cluster: JWKSCluster | None = obj("JWKSCluster", JWKSCluster, optional=True, alias="jwks_cluster")


@block
class JSONWebKeySet(Block):
    """Where the keys are that tokens are checked with: exactly one of the two."""

    local: LocalJWKS | None = obj("Local", LocalJWKS, optional=True)
    remote: RemoteJWKS | None = obj("Remote", RemoteJWKS, optional=True)


@block
class HeaderLocation(Block):
    """A header that carries the token."""

    name: str = text("Name")
    value_prefix: str = text("ValuePrefix", alias="value_prefix", doc="what stands before the token")
    forward: bool = boolean("Forward", doc="hand the header on to the service")


@block
class QueryParamLocation(Block):
    """A query parameter that carries the token."""

    name: str = text("Name")


@block
class CookieLocation(Block):
    """A cookie that carries the token."""

    name: str = text("Name")


@block
class JWTLocation(Block):
    """Where a request carries its token: exactly one of the three."""

    header: HeaderLocation | None = obj("Header", HeaderLocation, optional=True)
    query_param: QueryParamLocation | None = obj(
        "QueryParam", QueryParamLocation, optional=True, alias="query_param"
    )
    cookie: CookieLocation | None = obj("Cookie", CookieLocation, optional=True)


@block
class JWTForwarding(Block):
    """Hands the payload of the token on to the service."""

    header_name: str = text("HeaderName", alias="header_name")
    pad_forward_payload_header: bool = boolean("PadForwardPayloadHeader", alias="pad_forward_payload_header")


@block
class JWTCacheConfig(Block):
    """How many checked tokens a proxy remembers."""

    size: int = integer("Size")
