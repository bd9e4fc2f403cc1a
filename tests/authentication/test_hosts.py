"""Under which host names is the service reached?"""

from collections.abc import Iterator

import pytest
from django.http.request import validate_host

from realtime import hosts
from realtime.consumers.admission import host_allowed


@pytest.fixture
def allowed() -> Iterator[hosts.AllowedHosts]:
    yield hosts.AllowedHosts(["pulso.example", "[::1]"])
    hosts.bind(())


def test_what_the_environment_names_and_what_a_negocio_is_bound_to(allowed: hosts.AllowedHosts) -> None:
    hosts.bind({"barberia.example"})
    assert validate_host("pulso.example", allowed)
    assert validate_host("barberia.example", allowed)
    assert not validate_host("elsewhere.example", allowed)
    hosts.bind(())
    assert not validate_host("barberia.example", allowed)


@pytest.mark.parametrize(
    ("host", "fits"), [("pulso.example", True), ("::1", True), ("", False), ("evil.example", False)]
)
def test_an_upgrade_is_judged_like_a_request(
    allowed: hosts.AllowedHosts, settings: object, host: str, fits: bool
) -> None:
    settings.ALLOWED_HOSTS = allowed  # type: ignore[attr-defined]
    assert host_allowed(host) is fits
