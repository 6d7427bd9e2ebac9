"""Locations that are looked up when somebody asks."""

from meshgw.diagnostics.model import Location
from meshgw.source.hcl1 import read_hcl

DOCUMENT = read_hcl('Kind = "mesh"\nName = "mesh"\n', "mesh.hcl")


def test_the_path_is_sought_once_and_only_when_asked_for() -> None:
    asked = []

    def seek() -> tuple[tuple[str, ...], str]:
        asked.append(1)
        return ("Name",), "key"

    location = Location.sought(DOCUMENT, seek)  # type: ignore[arg-type]
    assert location.document is DOCUMENT
    assert not asked
    assert (location.path, location.part, location.position) == (("Name",), "key", (2, 1))
    assert asked == [1]


def test_it_is_equal_to_a_location_that_was_known() -> None:
    known = Location(DOCUMENT, ("Name",), "key")
    sought = Location.sought(DOCUMENT, lambda: (("Name",), "key"))
    assert sought == known
    assert hash(sought) == hash(known)
    assert str(sought) == "mesh.hcl:2:1"
