import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "hammer: random kill -9 for $SVCCTL_HAMMER_SECONDS seconds (3)")
