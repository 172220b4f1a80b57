"""Fixtures: each test that takes `stub` runs once for each tool, and must not do what sends, schedules or publishes."""

from collections.abc import Iterator

import pytest

from support.mailing.server import Stub
from support.mailing.tools import KINDS, Kind


@pytest.fixture(params=KINDS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def kind(name: str) -> Kind:
    return KINDS[name]


@pytest.fixture
def stub(kind: Kind) -> Iterator[Stub]:
    with kind.stub().serving() as stub:
        yield stub
        assert stub.violations == []
