"""Rules about the permissions of an intention: which requests they match (config-entries.md 2.6)."""

from __future__ import annotations

from meshgw.diagnostics.evaluation import each, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.intention_parts import (
    ACTIONS,
    HeaderMatch,
    HTTPPermission,
    JWTProviderRequirement,
    Permission,
)
from meshgw.entries.shared import HTTP_METHODS
from meshgw.schema.spelling import spelling_of
from meshgw.schema.suggest import nearest

KIND = "service-intentions"
_PATHS = ("PathExact", "PathPrefix", "PathRegex")
_CONDITIONS = ("Present", "Exact", "Prefix", "Suffix", "Contains", "Regex")


@rule("permission-action-invalid", on=KIND, consul="must be set to 'allow' or 'deny'")  # SI-24
def permission_action_invalid(permission: Permission, report: Report) -> None:
    """A permission whose action is neither `allow` nor `deny`.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { HTTP { PathPrefix = "/" } }
        }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP { PathPrefix = "/" } }
        }
    """
    if permission.action not in ACTIONS:
        report(
            f"`{permission.action}` is no action" if permission.action else "the permission has no `Action`",
            at=("Action",),
            help="write `allow` or `deny`, in lower case",
        )


@rule("permission-without-http", on=KIND, consul="HTTP is required")  # SI-25
def permission_without_http(permission: Permission, report: Report) -> None:
    """A permission that does not say which requests it is about.

    To decide for all requests of a source give the source an `Action` in place of permissions.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" }
        }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP { PathPrefix = "/v1" } }
        }
    """
    if permission.http is None:
        report("the permission has no `HTTP`", at=("HTTP",), help="say which requests it is about")


@rule("permission-path-exact-without-slash", on=KIND, consul="PathExact doesn't start with '/'")  # SI-26
def permission_path_exact_without_slash(http: HTTPPermission, report: Report) -> None:
    """An exact path of a permission that does not begin with `/`.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP { PathExact = "health" } }
        }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP { PathExact = "/health" } }
        }
    """
    _slash(http.path_exact, "PathExact", report)


@rule("permission-path-prefix-without-slash", on=KIND, consul="PathPrefix doesn't start with '/'")  # SI-27
def permission_path_prefix_without_slash(http: HTTPPermission, report: Report) -> None:
    """A path prefix of a permission that does not begin with `/`.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP { PathPrefix = "v1" } }
        }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP { PathPrefix = "/v1" } }
        }
    """
    _slash(http.path_prefix, "PathPrefix", report)


def _slash(path: str, field: str, report: Report) -> None:
    if path and not path.startswith("/"):
        report(f"the path `{path}` does not begin with `/`", at=(field,), help=f"write `/{path}`")


@rule("permission-with-several-paths", on=KIND, consul="at most one of PathExact")  # SI-28
def permission_with_several_paths(http: HTTPPermission, report: Report) -> None:
    """A permission with more than one of `PathExact`, `PathPrefix` and `PathRegex`.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP { PathExact = "/x" PathRegex = "/y.*" } }
        }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP { PathExact = "/x" } }
          Permissions { Action = "allow" HTTP { PathRegex = "/y.*" } }
        }
    """
    given = [name for name in _PATHS if getattr(http, http.attribute_of(name))]
    if len(given) > 1:
        report(
            f"the permission has {_listed(given)}; only one may be set",
            at=(given[1],),
            part="key",
            help="write a permission for each",
        )


@rule("permission-header-unnamed", on=KIND, consul="missing required Name field")  # SI-29
def permission_header_unnamed(header: HeaderMatch, report: Report) -> None:
    """A header condition that does not name its header.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP { Header { Present = true } } }
        }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP { Header { Name = "x-team" Present = true } } }
        }
    """
    if not header.name:
        report("the header condition has no `Name`", at=("Name",), help="set `Name` to the header")


@rule("permission-header-not-one-condition", on=KIND, consul="should only contain one of Present")  # SI-30
def permission_header_not_one_condition(header: HeaderMatch, report: Report) -> None:
    """A header with no condition, or with several.

    Exactly one of `Present` (true), `Exact`, `Prefix`, `Suffix`, `Contains` and `Regex` is needed.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP { Header { Name = "x-team" } } }
        }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP { Header { Name = "x-team" Exact = "shop" } } }
        }
    """
    given = [name for name in _CONDITIONS if getattr(header, header.attribute_of(name))]
    if not given:
        report(
            f"no condition for the header `{header.name}`",
            help=f"set `{spelling_of(report).setting('Present', True)}`, or one of `Exact`, `Prefix`, "
            "`Suffix`, `Contains`, `Regex`",
        )
    elif len(given) > 1:
        report(
            f"the header `{header.name}` has {_listed(given)}; only one may be set",
            at=(given[1],),
            part="key",
            help="write a `Header` block for each",
        )


def _listed(names: list[str]) -> str:
    return " and ".join(", ".join(f"`{name}`" for name in names).rsplit(", ", 1))


@rule("permission-ignore-case-without-text", on=KIND, consul="when using IgnoreCase")  # SI-31
def permission_ignore_case_without_text(header: HeaderMatch, report: Report) -> None:
    """`IgnoreCase` beside `Present` or `Regex`.

    It applies to `Exact`, `Prefix`, `Suffix` and `Contains`. A regular expression ignores case when it
    begins with `(?i)`.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP { Header { Name = "x" Regex = "a|b" IgnoreCase = true } } }
        }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP { Header { Name = "x" Regex = "(?i)a|b" } } }
        }
    """
    if not header.ignore_case:
        return
    if header.regex:
        help_ = f"write `(?i){header.regex}` and take `IgnoreCase` out"
        report("`IgnoreCase` does not apply to `Regex`", at=("IgnoreCase",), part="key", help=help_)
    elif header.present:
        help_ = "take `IgnoreCase` out"
        report("`IgnoreCase` does not apply to `Present`", at=("IgnoreCase",), part="key", help=help_)


@rule("permission-method-unknown", on=KIND, consul="invalid method")  # SI-32
def permission_method_unknown(method: str, report: Report) -> None:
    """A method that HTTP does not have.

    Methods may be written in any case.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP { Methods = ["FETCH"] } }
        }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP { Methods = ["GET"] } }
        }
    """
    if method not in HTTP_METHODS:
        close = nearest(method, HTTP_METHODS)
        report(
            f"`{method}` is no HTTP method",
            help=f"did you mean `{close}`?" if close else f"one of: {', '.join(HTTP_METHODS)}",
        )


@rule("permission-method-twice", on=KIND, consul="more than once")  # SI-33
def permission_method_twice(method: str, report: Report) -> None:
    """A method that stands twice in one permission, in whatever case.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP { Methods = ["get", "GET"] } }
        }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP { Methods = ["GET", "HEAD"] } }
        }
    """
    earlier = report.met((report.base[:-1], method))
    if earlier is not None:
        report(f"the method `{method}` a second time", related=report.place(earlier, "the first one"))


@rule("permission-empty", on=KIND, consul="should not be empty")  # SI-34
def permission_empty(http: HTTPPermission, report: Report) -> None:
    """A permission without path, header and method.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP {} }
        }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        Sources {
          Name = "api"
          Permissions { Action = "allow" HTTP { PathPrefix = "/" } }
        }
    """
    if http == HTTPPermission():
        every = spelling_of(report).setting("PathPrefix", "/")
        report("the permission names no path, header or method", help=f"`{every}` is every request")


@rule("intention-jwt-provider-unnamed", on=KIND, consul="JWT provider name is required")  # SI-06, SI-35
def intention_jwt_provider_unnamed(provider: JWTProviderRequirement, report: Report) -> None:
    """A required JWT provider without a name.

    Refused:

        Kind = "service-intentions"
        Name = "web"
        JWT { Providers { VerifyClaims { Path = ["aud"] Value = "web" } } }
        Sources { Name = "api" Action = "allow" }

    Accepted:

        Kind = "service-intentions"
        Name = "web"
        JWT { Providers { Name = "okta" VerifyClaims { Path = ["aud"] Value = "web" } } }
        Sources { Name = "api" Action = "allow" }
    """
    if not provider.name:
        report("the JWT provider has no `Name`", at=("Name",), help="set `Name` to a jwt-provider")


JWT_PROVIDERS = each("JWT.Providers", intention_jwt_provider_unnamed)  # SI-06, SI-35

PERMISSION_RULES = first(
    permission_action_invalid,  # SI-24
    permission_without_http,  # SI-25
    each(
        "HTTP",
        permission_path_exact_without_slash,  # SI-26
        permission_path_prefix_without_slash,  # SI-27
        permission_with_several_paths,  # SI-28
        each(
            "Header",
            permission_header_unnamed,  # SI-29
            permission_header_not_one_condition,  # SI-30
            permission_ignore_case_without_text,  # SI-31
        ),
        each("Methods", permission_method_unknown, permission_method_twice),  # SI-32, SI-33
        permission_empty,  # SI-34
    ),
    JWT_PROVIDERS,  # SI-35
)
