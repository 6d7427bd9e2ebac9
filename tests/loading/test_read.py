"""What a file is that cannot be read as it stands (the table of product.md 1)."""

from pathlib import Path

import pytest

from meshgw.loading.find import FoundFile
from meshgw.loading.read import ReadDocument, read_file

ENTRY = b'Kind = "service-defaults"\nName = "web"\n'
RULES = b'service "web" {\n  policy = "write"\n  intentions = "read"\n}\n'


def outcome(name, data):
    (found,) = read_file(FoundFile(Path(name), name, name, named=False), data)
    return found.role if isinstance(found, ReadDocument) else found.why


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        # a fault is judged by the keys before it
        ("a.hcl", ENTRY + b'Protocol = "\xff"\n', "agent"),
        ("a.hcl", ENTRY + b"\0", "agent"),
        ("a.hcl", b'colour = "\xff"\n', "other"),
        ("a.json", b'{"Kind": "service-defaults", "Name": "\xff"}', "agent"),
        ("a.json", b'{"colour": "\xff"}', "other"),
        ("a.yaml", b'apiVersion: consul.hashicorp.com/v1alpha1\nkind: "\xff"\n', "agent"),
        ("a.yaml", b'colour: "\xff"\n', "other"),
        # a byte-order mark stands before all keys
        ("a.hcl", b"\xef\xbb\xbf" + ENTRY, "agent"),
        ("a.hcl", b"\xef\xbb\xbfservice {\n", "agent"),
        ("a.hcl", b"\xef\xbb\xbfcolour = 1\n", "other"),
        ("a.json", b'\xef\xbb\xbf{"service": {}}', "agent"),
        ("a.json", b'\xef\xbb\xbf{"colour": 1}', "other"),
        # HCL of others, with a key that an agent has too
        ("a.hcl", b'variable "x" {}\nservice {}\n', "HCL of another tool (it begins with `variable`)"),
        ("a.hcl", RULES, "the rules of an ACL policy"),
        ("a.hcl", b'service_prefix "" { policy = "read" }\n' + RULES, "the rules of an ACL policy"),
        ("a.hcl", b'operator = "read"\n' + RULES, "the rules of an ACL policy"),
        ("a.hcl", b'service { name = "web" }\n', "agent"),
        ("a.hcl", b'service "web" { port = 1 }\n', "agent"),
        ("a.hcl", b"service {}\n", "agent"),
    ],
)
def test_what_it_is(name, data, expected):
    assert outcome(name, data) == expected
