"""Copies of blocks are what `dataclasses.replace` makes, for every class."""

import dataclasses

import pytest

from meshgw.entries import KINDS, entry_class
from meshgw.schema.copying import copy_of
from meshgw.schema.fields import Block, replace
from meshgw.services.agent import AgentConfig
from meshgw.services.model import Check, Service, Upstream

CLASSES = [*(entry_class(kind) for kind in sorted(KINDS)), AgentConfig, Check, Service, Upstream]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_a_copy_is_equal_and_of_the_same_class(cls: type[Block]) -> None:
    value = cls()
    copy = copy_of(cls, cls.fields)(value)
    assert copy == value
    assert copy is not value
    assert type(copy) is cls
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(copy, cls.fields[0], "other")


def test_a_block_that_would_stay_the_same_is_given_back() -> None:
    value = Service(name="web", port=8080)
    assert replace(value, name=value.name, tags=value.tags) is value
    assert replace(value) is value


def test_changes_are_made_to_the_copy_only() -> None:
    value = Service(name="web", port=8080, tags=("v1",))
    copy = replace(value, port=9090, kind="connect-proxy")
    assert copy == dataclasses.replace(value, port=9090, kind="connect-proxy")
    assert value == Service(name="web", port=8080, tags=("v1",))


def test_a_field_that_does_not_exist() -> None:
    with pytest.raises(AttributeError):
        replace(Service(), nonsense=1)
