"""Access logs (config-entries.md 2.2, PD-03 to PD-07)."""

from __future__ import annotations

from meshgw.diagnostics.evaluation import first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.blocks import AccessLogs
from meshgw.source.json import read_json

_TYPES = ("stdout", "stderr", "file")


@rule("access-log-type-unknown", on="proxy-defaults", consul="invalid access log type")  # PD-03
def access_log_type_unknown(logs: AccessLogs, report: Report) -> None:
    """Access logs that go to a place that does not exist.

    Refused:

        Kind = "proxy-defaults"
        Name = "global"
        AccessLogs { Enabled = true, Type = "syslog" }

    Accepted:

        Kind = "proxy-defaults"
        Name = "global"
        AccessLogs { Enabled = true, Type = "stderr" }
    """
    if logs.type and logs.type not in _TYPES:
        report(f"access logs cannot go to `{logs.type}`", at=("Type",), help=f"one of: {', '.join(_TYPES)}")


@rule("access-log-file-without-path", on="proxy-defaults", consul="path must be specified")  # PD-04
def access_log_file_without_path(logs: AccessLogs, report: Report) -> None:
    """Access logs in a file without its path.

    Refused:

        Kind = "proxy-defaults"
        Name = "global"
        AccessLogs { Enabled = true, Type = "file" }

    Accepted:

        Kind = "proxy-defaults"
        Name = "global"
        AccessLogs { Enabled = true, Type = "file", Path = "/var/log/envoy.log" }
    """
    if logs.type == "file" and not logs.path:
        report("access logs go to a file and have no `Path`", at=("Path",), help="set `Path` to the file")


@rule("access-log-two-formats", on="proxy-defaults", consul="cannot specify both access log")  # PD-05
def access_log_two_formats(logs: AccessLogs, report: Report) -> None:
    """Two formats of access logs.

    Refused:

        Kind = "proxy-defaults"
        Name = "global"
        AccessLogs { Enabled = true, TextFormat = "%START_TIME%", JSONFormat = "{}" }

    Accepted:

        Kind = "proxy-defaults"
        Name = "global"
        AccessLogs { Enabled = true, TextFormat = "%START_TIME%" }
    """
    if logs.json_format and logs.text_format:
        report(
            "access logs have both `JSONFormat` and `TextFormat`", at=("TextFormat",), help="keep one of them"
        )


@rule("access-log-path-without-file", on="proxy-defaults", consul="path is only valid for file type")  # PD-06
def access_log_path_without_file(logs: AccessLogs, report: Report) -> None:
    """A path of access logs that do not go to a file.

    Refused:

        Kind = "proxy-defaults"
        Name = "global"
        AccessLogs { Enabled = true, Path = "/var/log/envoy.log" }

    Accepted:

        Kind = "proxy-defaults"
        Name = "global"
        AccessLogs { Enabled = true, Type = "file", Path = "/var/log/envoy.log" }
    """
    if logs.path and logs.type != "file":
        report(
            "`Path` is for access logs of type `file`",
            at=("Path",),
            help='set `Type` to "file" or take `Path` out',
        )


@rule("access-log-json-invalid", on="proxy-defaults", consul="invalid access log json")  # PD-07
def access_log_json_invalid(logs: AccessLogs, report: Report) -> None:
    """A JSON format of access logs that is no JSON.

    Refused:

        Kind = "proxy-defaults"
        Name = "global"
        AccessLogs { Enabled = true, JSONFormat = "{ status = 1 }" }

    Accepted:

        Kind = "proxy-defaults"
        Name = "global"
        AccessLogs { Enabled = true, JSONFormat = "{}" }
    """
    if logs.json_format:
        fault = read_json(logs.json_format, "JSONFormat", any_value=True).fault
        if fault is not None:
            report("`JSONFormat` is no JSON", at=("JSONFormat",), note=fault.message)


ACCESS_LOGS = first(
    access_log_type_unknown,  # PD-03
    access_log_file_without_path,  # PD-04
    access_log_two_formats,  # PD-05
    access_log_path_without_file,  # PD-06
    access_log_json_invalid,  # PD-07
)
