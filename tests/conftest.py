from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from support.commands import run as run  # a fixture for all tests

GOLDEN = Path(__file__).parent / "golden"

# The same examples in every run: a build that fails for no reason is ignored the second time.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write tests/golden/ anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, bytes], None]:
    """Compares whole documents with files under tests/golden/; `--update-golden` writes them, to look at the diff."""

    def compare(name: str, data: bytes) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        assert data.decode() == path.read_bytes().decode()

    return compare
