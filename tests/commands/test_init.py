"""`meshgw init`: a project file for the tree that is there, which changes no finding it should not."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from reports import CLEAN, found, write

from meshgw.cli import main
from meshgw.loading.load import load_tree
from meshgw.loading.options import LoadOptions

EXAMPLES = Path(__file__).parents[2] / "examples"
AGENT = 'node_name = "n-{0}"\ndatacenter = "{0}"\nbind_addr = "10.0.0.1"\n'


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def init(*words):
    return CliRunner().invoke(main, ["init", *words], catch_exceptions=False)


def project():
    return load_tree((".",), LoadOptions()).project


def test_an_empty_folder():
    result = init()
    assert result.exit_code == 0
    assert result.stdout.startswith("wrote meshgw.yaml for 0 inputs\nassumed: edition community: ")
    assert "assumed: datacenter dc1: no agent file names one\n" in result.stdout
    assert found() == []
    assert project().edition == "community"


def test_the_folders_of_a_tree():
    write(
        Path(),
        {
            "dc1/agent.hcl": AGENT.format("dc1"),
            "dc1/x.hcl": CLEAN,
            "dc2/agent.hcl": AGENT.format("dc2") + 'primary_datacenter = "dc1"\nacl { enabled = true }\n',
            "partitions/red/web.hcl": CLEAN,
            "blue/entry.hcl": CLEAN.replace("Protocol", 'Partition = "blue"\nProtocol'),
            'o"dd: #/a.hcl': CLEAN,
        },
    )
    result = init()
    assert result.exit_code == 0, result.output
    made = project()
    assert (made.edition, made.datacenter, made.own.primary_datacenter) == ("enterprise", "dc1", "dc1")
    assert made.own.acl_enabled is True
    for path, datacenter, partition in (
        ("dc2/x.hcl", "dc2", ""),
        ("partitions/red/web.hcl", "", "red"),
        ("blue/new.hcl", "", "blue"),
    ):
        tenancy = made.tenancy_of(path)
        assert (tenancy.datacenter, tenancy.partition) == (datacenter, partition)
    assert "assumed: partitions/{partition}/** means partition {partition}: a folder" in result.stdout


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir()))
def test_what_it_writes_can_be_read(name, tmp_path):
    target = tmp_path / "tree"
    for path in (EXAMPLES / name).rglob("*"):
        if path.is_file() and path.name != "meshgw.yaml":
            write(target, {str(path.relative_to(EXAMPLES / name)): path.read_text()})
    result = init("tree")
    assert result.exit_code == 0
    assert not [rule for _, rule in found("tree") if rule in ("project-file", "project-syntax")]
    assert load_tree(("tree",), LoadOptions()).project.document is not None


@pytest.mark.parametrize("name", ["meshgw.yaml", "meshgw.yml"])
def test_it_replaces_nothing_without_force(name):
    write(Path(), {name: "edition: enterprise\n"})
    result = init()
    assert result.exit_code == 2
    assert f"`{name}` is there already; --force replaces it" in result.stderr
    assert Path(name).read_text() == "edition: enterprise\n"
    assert init("--force").exit_code == 0
    assert Path(name).read_text().startswith("# What the files")
    assert [path.name for path in Path().iterdir()] == [name]


def test_no_folder():
    assert "`nowhere` is no folder" in init("nowhere").stderr


def test_names_start_no_line():
    write(Path(), {"dcs/x\n::error::y/a.hcl": CLEAN, "::set-env::b/a.hcl": CLEAN})
    result = init()
    assert not [line for line in result.stdout.splitlines() if line.lstrip().startswith("::")]
    assert project().document is not None
