"""The command line: options and help, nothing else. Commands are imported when they are called."""

from __future__ import annotations

import sys
from typing import Any

import click

from meshgw._version import __version__
from meshgw.completion import (
    SeveralPaths,
    complete_formats,
    complete_rules,
    complete_schemas,
    complete_settings,
)
from meshgw.output.formats import ABOUT_AUTO, AUTO, FORMATS

_SEVERITIES = ("error", "warning", "info", "never")
_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class _Commands(click.Group):
    """The group of commands; faults of meshgw itself end in one line, not in a trace."""

    def main(self, *args: Any, **options: Any) -> Any:
        debug = "--debug" in sys.argv
        try:
            return super().main(*args, **options)
        except (KeyboardInterrupt, SystemExit):
            raise
        except Exception as fault:
            if debug:
                raise
            from meshgw.commands.console import fault_line

            sys.stderr.write(fault_line(fault))
            sys.exit(2)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(130)


@click.group(cls=_Commands, context_settings=_HELP)
@click.version_option(__version__, prog_name="meshgw", message="%(prog)s %(version)s")
@click.option(
    "--color",
    "colour",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="When to colour output; NO_COLOR and FORCE_COLOR count too.",
)
@click.option("--debug", is_flag=True, help="Show the trace of a fault of meshgw itself.")
@click.pass_context
def main(context: click.Context, colour: str, *, debug: bool) -> None:
    """The offline compiler for Consul's service mesh.

    Reads config entries and service definitions (HCL, JSON, Kubernetes YAML) and says, with file and
    line, what Consul would refuse and what it would accept but could not make work.

    \b
      meshgw validate config/            would it be accepted, and will it work?
      meshgw explain web api             which mode, from where, through which gateways?
      meshgw render -o out/              the Envoy configuration Consul would serve
    """
    context.obj = colour
    _ = debug


def tree_options(command: Any) -> Any:
    """Options of every command that reads a tree."""
    for option in reversed(
        (
            click.option(
                "--edition", type=click.Choice(["community", "enterprise"]), help="Default: by the tree."
            ),
            click.option("--consul-version", type=click.Choice(["1.22", "1.23"]), help="Default: 1.22."),
            click.option("--datacenter", help="For files that name none."),
            click.option("--partition", help="For files that name none (Enterprise)."),
            click.option("--namespace", help="For files that name none (Enterprise)."),
            click.option("--project", "project_file", metavar="FILE", help="The project file to use."),
        )
    ):
        command = option(command)
    return command


@main.command(cls=SeveralPaths)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path())
@tree_options
@click.option(
    "--entry-path",
    type=click.Choice(["cli", "http", "bootstrap", "crd", "agent", "register", "catalog"]),
    help="How the inputs reach Consul. Default: config entries by `consul config write`.",
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="FORMAT[=FILE]",
    shell_complete=complete_formats,
    help=f"One of {', '.join(FORMATS)}, or {AUTO}: {ABOUT_AUTO}. Default: text. Repeatable; each may go "
    "to a file.",
)
@click.option("--fail-on", type=click.Choice(_SEVERITIES), default="error", help="Default: error.")
@click.option(
    "--select",
    multiple=True,
    metavar="RULE",
    shell_complete=complete_rules,
    help="Only these rules; repeatable.",
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="RULE",
    shell_complete=complete_rules,
    help="Not these rules; repeatable.",
)
@click.option(
    "--only",
    multiple=True,
    metavar="PATH...",
    type=click.Path(),
    help="Read everything, report what touches these files or folders: all arguments up to the next option.",
)
@click.option(
    "--since",
    metavar="REV",
    help="Report what is in files that differ from a git revision, or what they cause elsewhere. "
    "`REV...` is where the branch left REV.",
)
@click.option(
    "--baseline", metavar="FILE", type=click.Path(), help="Leave out what was there when FILE was written."
)
@click.option(
    "--write-baseline", metavar="FILE", type=click.Path(), help="Write what is found to FILE, for --baseline."
)
@click.option("--sequence", is_flag=True, help="Write config entries in the order of the paths given.")
@click.option("--strict", is_flag=True, help="Make assumptions errors.")
@click.option("--statistics", is_flag=True, help="Count findings by rule.")
@click.option("-q", "--quiet", is_flag=True, help="Findings only, no summary.")
@click.option("--stdin-name", default="<stdin>", metavar="NAME", help="What to call standard input (-).")
@click.option("--watch", is_flag=True, help="Judge again after every change (needs `meshgw[watch]`).")
@click.pass_context
def validate(context: click.Context, /, **options: Any) -> None:
    """Judge files and folders as Consul would, alone and together.

    PATH is a file, a folder or - for standard input; the default is the current folder.

    \b
      meshgw validate                              the current folder
      meshgw validate config/ --format json        for programs
      meshgw validate --sequence a.hcl b.hcl       written one after another
      meshgw validate --only web.hcl               read the folder, report about one file
      meshgw validate --since origin/main...       what a branch changes, here or elsewhere
      meshgw validate --format text --format sarif=out.sarif
      consul config read … | meshgw validate -     one entry

    Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 the command could not do its work.
    """
    from meshgw.commands.arguments import validate_options
    from meshgw.commands.console import run, standard_console
    from meshgw.commands.validate import validate as command

    console = standard_console(context.obj)
    context.exit(run(lambda: command(validate_options(options), console), console))


@main.command()
@click.argument("names", nargs=-1, metavar="[SERVICE [UPSTREAM] | FILE]")
@click.option("-C", "paths", multiple=True, metavar="PATH", help="The tree; repeatable. Default: here.")
@tree_options
@click.option(
    "--setting",
    metavar="NAME",
    shell_complete=complete_settings,
    help="Every place of one setting; `list` names them all.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json", "mermaid", "dot"]),
    default="text",
    help="Default: text.",
)
@click.option("--strict", is_flag=True, help="Make assumptions errors.")
@click.pass_context
def explain(context: click.Context, /, **options: Any) -> None:
    """Show which of the places where a setting is written wins, the path a call then takes, and its chain.

    \b
      meshgw explain                     every caller and destination of the tree
      meshgw explain web                 all upstreams of web, and who calls it
      meshgw explain web api             one call: every place of the mode, hops, SNI, discovery chain
      meshgw explain web api --setting protocol      every place of another setting
      meshgw explain -C config/ config/web.hcl       what a file of the tree affects
      meshgw explain default/dev/web     PARTITION/NAMESPACE/NAME where a name is ambiguous
    """
    from meshgw.commands.arguments import explain_options
    from meshgw.commands.console import run, standard_console
    from meshgw.commands.explain import explain as command

    console = standard_console(context.obj)
    context.exit(run(lambda: command(explain_options(options), console), console))


_BOOTSTRAP_OPTIONS = (
    ("admin-bind", "ADDRESS:PORT", "Where Envoy's admin endpoint listens."),
    ("admin-access-log-path", "FILE", "Access log of the admin endpoint."),
    ("grpc-addr", "ADDRESS", "Where Envoy reaches the agent's xDS."),
    ("grpc-ca-file", "FILE", "CA of the agent's xDS endpoint."),
    ("grpc-ca-path", "DIR", "Folder of CAs of the agent's xDS endpoint."),
    ("ca-file", "FILE", "CA of the agent, used where no --grpc-ca-* is given."),
    ("ca-path", "DIR", "Folder of CAs of the agent."),
    ("prometheus-backend-port", "PORT", "Where another process serves the metrics."),
    ("prometheus-scrape-path", "PATH", "Path of the metrics. Default: /metrics."),
    ("prometheus-ca-file", "FILE", "CA for clients of the metrics."),
    ("prometheus-ca-path", "DIR", "Folder of CAs for clients of the metrics."),
    ("prometheus-cert-file", "FILE", "Certificate of the metrics listener."),
    ("prometheus-key-file", "FILE", "Its key."),
    ("envoy-ready-bind-address", "ADDRESS", "Address of a readiness listener."),
    ("token-placeholder", "TEXT", "What stands where Consul writes the ACL token. Default: nothing."),
)


def bootstrap_options(command: Any) -> Any:
    """The options of `consul connect envoy` that change a bootstrap, by their names there."""
    flags = (
        click.option("--no-central-config", is_flag=True, help="Leave config entries out of the bootstrap."),
        click.option("--omit-deprecated-tags", is_flag=True, help="Only the current statistics tags."),
        click.option("--envoy-ready-bind-port", type=int, default=0, help="Port of a readiness listener."),
    )
    values = (
        click.option(f"--{name}", metavar=metavar, default="", help=text, show_default=False)
        for name, metavar, text in _BOOTSTRAP_OPTIONS
    )
    for option in reversed((*values, *flags)):
        command = option(command)
    return command


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("-C", "paths", multiple=True, metavar="PATH", help="The tree; repeatable. Default: here.")
@click.option("-o", "--output", metavar="DIR", help="Write every proxy below this folder.")
@click.option(
    "--target",
    type=click.Choice(["xds", "static", "files"]),
    default="xds",
    help="xds: what Consul serves; static: one envoy.json; files: filesystem xDS. Default: xds.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 and show a diff if DIR is stale.")
@click.option("--list", "list_", is_flag=True, help="The proxies, one a line.")
@click.option("--why", is_flag=True, help="For each resource the input that it comes from.")
@click.option("--validate", "validate_", is_flag=True, help="Load each result in Envoy.")
@click.option("--envoy-binary", metavar="PATH", help="The Envoy for --validate.")
@click.option("--cert-dir", default="certs", metavar="DIR", help="Where certificates are. Default: certs.")
@click.option("--node", help="Choose among proxies of one name.")
@bootstrap_options
@tree_options
@click.option("--strict", is_flag=True, help="Make assumptions errors.")
@click.pass_context
def render(context: click.Context, /, **options: Any) -> None:
    """Write the Envoy configuration that Consul would serve.

    NAME is a proxy id, a service id or a service name.

    \b
      meshgw render web-sidecar-proxy              one proxy to standard output
      meshgw render -o out/                        every proxy
      meshgw render -o out/ --target static        runnable by a stock Envoy
      meshgw render -o out/ --check                is out/ what would be written?
    """
    from meshgw.commands.arguments import render_options
    from meshgw.commands.console import run, standard_console
    from meshgw.commands.render import render as command

    console = standard_console(context.obj)
    context.exit(run(lambda: command(render_options(options), console), console))


@main.command()
@click.argument("name", required=False, shell_complete=complete_rules)
@click.pass_context
def rules(context: click.Context, name: str | None) -> None:
    """List all rules, or show the page of one."""
    from meshgw.commands.console import run, standard_console
    from meshgw.commands.rules import rules as command

    console = standard_console(context.obj)
    context.exit(run(lambda: command(name, console), console))


@main.command()
@click.argument("name", metavar="KIND|service|agent|project|report", shell_complete=complete_schemas)
@click.pass_context
def schema(context: click.Context, name: str) -> None:
    """Print the JSON Schema of a kind of input, for editors and other tools."""
    from meshgw.commands.console import run, standard_console
    from meshgw.commands.schema import schema as command

    console = standard_console(context.obj)
    context.exit(run(lambda: command(name, console), console))


@main.command()
@click.argument("path", default=".", type=click.Path())
@click.option("--force", is_flag=True, help="Replace a meshgw.yaml that is there.")
@click.pass_context
def init(context: click.Context, path: str, *, force: bool) -> None:
    """Write a commented meshgw.yaml for the tree in a folder, and say what it assumes.

    \b
      meshgw init                for the current folder
      meshgw init config/        for another one
    """
    from meshgw.commands.console import run, standard_console
    from meshgw.commands.init import init as command

    console = standard_console(context.obj)
    context.exit(run(lambda: command(path, console, force=force), console))


@main.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what makes a shell complete commands, options, rules and formats.

    \b
      eval "$(meshgw completion bash)"                                      in ~/.bashrc
      eval "$(meshgw completion zsh)"                                       in ~/.zshrc, after compinit
      meshgw completion fish > ~/.config/fish/completions/meshgw.fish
    """
    from meshgw.commands.completion import completion as command
    from meshgw.commands.console import run, standard_console

    console = standard_console(context.obj)
    context.exit(run(lambda: command(shell, main, console), console))
