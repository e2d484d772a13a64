"""deploy/compose.yaml gives no service more than it needs, and its secrets are there."""

import re

import pytest

from tests.deploy.composed import DEPLOY, compose, services
from tests.deploy.dockerfile import stages
from tests.deploy.variables import strangers

OURS = ("migrate", "web-1", "web-2", "worker")


def test_all_parts_are_there() -> None:
    assert set(services()) == {*OURS, "postgres", "redis", "proxy"}


@pytest.mark.parametrize("name", services())
def test_service_is_read_only_and_without_rights(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "proxy" else [])


@pytest.mark.parametrize("name", services())
def test_service_names_a_version(name: str) -> None:
    _, _, tag = services()[name]["image"].rpartition(":")
    assert tag
    assert tag != "latest" or name in OURS


@pytest.mark.parametrize("name", services())
def test_service_has_a_health_check_or_none_to_ask(name: str) -> None:
    check = services()[name]["healthcheck"]
    assert "test" in check or check == {"disable": True}
    assert (check == {"disable": True}) == (name in {"worker", "migrate"})


@pytest.mark.parametrize("name", OURS)
def test_variables_exist_and_hold_no_secret(name: str) -> None:
    service = services()[name]
    assert strangers(set(service["environment"])) == set()
    files = {key: value for key, value in service["environment"].items() if key.endswith("_FILE")}
    assert {f"/run/secrets/{secret}" for secret in service["secrets"]} == set(files.values())
    secret = re.compile(r"_(SECRET_KEY|ENCRYPTION_KEY|PASSWORD|DATABASE_URL|REDIS_URL)$")
    assert [key for key in service["environment"] if secret.search(key)] == []


@pytest.mark.parametrize("name", OURS)
def test_volume_is_where_the_image_keeps_its_data(name: str) -> None:
    assert services()[name]["volumes"] == [f"data:{stages()[-1].volumes[0]}"]


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    assert [name for name, service in services().items() if "ports" in service] == ["proxy"]
    assert compose()["networks"]["back"] == {"internal": True}
    assert services()["postgres"]["networks"] == services()["redis"]["networks"] == ["back"]
    assert services()["proxy"]["networks"] == ["front"]


def test_only_the_network_of_the_proxy_is_trusted() -> None:
    (network,) = compose()["networks"]["front"]["ipam"]["config"]
    for name in OURS:
        trusted = services()[name]["environment"]["CODERAUTH_PROXY_TRUSTED_ORIGINS"]
        assert trusted == network["subnet"]


def test_proxy_leads_to_each_replica() -> None:
    proxy = (DEPLOY / "Caddyfile").read_text()
    led_to = set(re.findall(r"(web-\d):3000", proxy))
    assert led_to == {name for name in services() if name.startswith("web-")}
