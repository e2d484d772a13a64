"""The Helm chart makes what a cluster accepts, and its pods may do little."""

import re
from typing import Any

import pytest

from tests.deploy.charts import ADDRESS, CHART, helm, manifests, pods, template
from tests.deploy.dockerfile import stages
from tests.deploy.variables import strangers
from tests.programs import run_program

pytestmark = [pytest.mark.long, pytest.mark.timeout(1000)]

EVERYTHING = (
    "metrics.port=2112",
    "metrics.serviceMonitor.enabled=true",
    "ingress.enabled=true",
    "ingress.tlsSecret=certificate",
    "forwardAuthRules=[[rule]]",
    "trustedProxies={10.0.0.0/8}",
    "settings.SESSION_DURATION=12h",
    "settings.WORKERS=4",
    "secrets.REDIS_URL=redis-url",
)
COMPONENTS = {"web", "worker", "migrate"}


@pytest.fixture(params=[(), EVERYTHING], ids=["as it comes", "with everything"])
def made(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    return manifests(*request.param)


def container(pod: dict[str, Any]) -> dict[str, Any]:
    (only,) = pod["containers"]
    found: dict[str, Any] = only
    return found


def of_kind(kind: str, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in found if one["kind"] == kind]


def test_helm_finds_nothing_wrong() -> None:
    linted = run_program(helm(), "lint", "--strict", CHART, "--set", f"accessUrl={ADDRESS}",
                         "--kube-version", "1.31.0")  # fmt: skip
    assert linted.returncode == 0, linted.stdout + linted.stderr


def test_everything_is_in_the_namespace_of_the_release(made: list[dict[str, Any]]) -> None:
    assert {one["metadata"]["namespace"] for one in made} == {"auth"}


def test_pods_are_restricted(made: list[dict[str, Any]]) -> None:
    found = pods(made)
    assert set(found) == COMPONENTS
    image = stages()[-1]
    for pod in found.values():
        user, group = map(int, image.user.split(":"))
        assert pod["securityContext"] == {
            "runAsNonRoot": True, "runAsUser": user, "runAsGroup": group, "fsGroup": group,
            "seccompProfile": {"type": "RuntimeDefault"},
        }  # fmt: skip
        assert pod["automountServiceAccountToken"] is False
        assert container(pod)["securityContext"] == {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }  # fmt: skip
        assert container(pod)["resources"]["limits"]["memory"]
        mounted = {one["mountPath"] for one in container(pod)["volumeMounts"]}
        assert {"/tmp", image.volumes[0]} <= mounted


def test_pods_are_not_told_of_services(made: list[dict[str, Any]]) -> None:
    # One called coderauth would bring CODERAUTH_SERVICE_HOST, which stops the start.
    assert {pod["enableServiceLinks"] for pod in pods(made).values()} == {False}


def test_variables_exist_and_hold_no_secret(made: list[dict[str, Any]]) -> None:
    for pod in pods(made).values():
        given = {one["name"]: one["value"] for one in container(pod)["env"]}
        assert strangers(set(given)) == set()
        secret = re.compile(r"(SECRET|PASSWORD|DATABASE_URL|REDIS_URL|ENCRYPTION_KEY)(?!.*_FILE$)")
        assert [name for name in given if secret.search(name)] == []
        (volume,) = (one["secret"] for one in pod["volumes"] if one["name"] == "secrets")
        files = {value for name, value in given.items() if name.endswith("_FILE")}
        assert files == {f"/run/secrets/coderauth/{one['path']}" for one in volume["items"]}
    assert of_kind("Secret", made) == []


def test_only_replicas_listen_and_are_probed(made: list[dict[str, Any]]) -> None:
    found = {name: container(pod) for name, pod in pods(made).items()}
    assert {name for name, one in found.items() if "ports" in one} == {"web"}
    paths = {
        kind: found["web"][f"{kind}Probe"]["httpGet"]["path"]
        for kind in ("startup", "liveness", "readiness")
    }
    assert paths == {"startup": "/healthz", "liveness": "/healthz", "readiness": "/readyz"}


def test_migrations_come_first(made: list[dict[str, Any]]) -> None:
    (job,) = of_kind("Job", made)
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    commands = {name: container(pod)["args"] for name, pod in pods(made).items()}
    assert commands["migrate"] == ["migrate"]
    assert commands["web"] == ["serve", "--no-migrate", "--no-worker"]
    assert commands["worker"] == ["db_worker"]
    # Nothing that the release makes is there before it.
    names = {one["name"] for one in pods(made)["migrate"]["volumes"]}
    assert names == {"secrets", "data", "tmp"}


def test_a_drain_and_a_roll_out_leave_a_replica(made: list[dict[str, Any]]) -> None:
    (budget,) = of_kind("PodDisruptionBudget", made)
    assert budget["spec"]["maxUnavailable"] == 1
    (web,) = (one for one in of_kind("Deployment", made) if one["spec"]["replicas"] == 2)
    assert web["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert budget["spec"]["selector"] == web["spec"]["selector"]


def test_network_lets_in_to_replicas_only(made: list[dict[str, Any]]) -> None:
    everything, web = of_kind("NetworkPolicy", made)
    assert everything["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in everything["spec"]
    selected = web["spec"]["podSelector"]["matchLabels"]
    assert selected["app.kubernetes.io/component"] == "web"
    open_ports = {port["port"] for rule in web["spec"]["ingress"] for port in rule["ports"]}
    named = {port["name"] for port in container(pods(made)["web"])["ports"]}
    assert open_ports == named


def test_prometheus_asks_a_port_of_its_own() -> None:
    found = manifests(*EVERYTHING)
    (monitor,) = of_kind("ServiceMonitor", found)
    (endpoint,) = monitor["spec"]["endpoints"]
    assert (endpoint["port"], endpoint["path"]) == ("metrics", "/metrics")
    env = {one["name"]: one["value"] for one in container(pods(found)["web"])["env"]}
    assert env["CODERAUTH_PROMETHEUS_ADDRESS"] == "0.0.0.0:2112"
    assert of_kind("ServiceMonitor", manifests()) == []


def test_ingress_is_for_the_host_of_the_address() -> None:
    (ingress,) = of_kind("Ingress", manifests(*EVERYTHING))
    assert [rule["host"] for rule in ingress["spec"]["rules"]] == ["auth.example.org"]
    assert ingress["spec"]["tls"][0]["secretName"] == "certificate"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("settings.SECRET_KEY=x", "settings.KEY_SCOPES=x"),
        ("settings.OIDC_CLIENT_SECRET=x", "settings.OIDC_CLIENT_ID=x"),
        ("settings.ACCESS_URL=x", "settings.SESSION_DURATION=12h"),
        ("accessUrl=auth.example.org", "accessUrl=https://login.example.org"),
        ("replica=3", "replicas=3"),
        ("secrets.SECRET_KEY=null", "secrets.EMAIL_PASSWORD=mail"),
        ("metrics.serviceMonitor.enabled=true", "metrics.port=2112"),
    ],
)
def test_a_wrong_value_is_refused(wrong: str, right: str) -> None:
    assert template(f"accessUrl={ADDRESS}", wrong).returncode != 0
    assert template(f"accessUrl={ADDRESS}", right).returncode == 0


def test_an_address_is_required() -> None:
    assert "accessUrl is required" in template().stderr
