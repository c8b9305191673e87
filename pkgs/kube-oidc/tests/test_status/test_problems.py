"""What was asked → what is wrong, worst first; and when waiting has no point any more."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kube_oidc.authn.keys import Key, KeySet
from kube_oidc.cluster.exchange import AskingError
from kube_oidc.cluster.metrics import IssuerMetrics, ServerMetrics, issuer_hash
from kube_oidc.cluster.server import ServerReport, Unanswered
from kube_oidc.issuers.report import Fault, IssuerReport
from kube_oidc.report.status_text import as_text
from kube_oidc.status import Status, Written
from kube_oidc.status.loading import RETRY_SECONDS, matches
from kube_oidc.status.problems import problems
from kube_oidc.status.times import ago, duration
from kube_oidc.status.waiting import Answer, Waiting, Watch
from kube_oidc.status.written import judged, oldest
from kube_oidc.verdict.versions import KubernetesVersion

NOW = 1_764_700_000.0
V1_36 = KubernetesVersion(1, 36)
URL = "https://issuer.example.org"
WRITTEN = Written("auth.yaml", "sha256:aa", NOW - 1000, "", ())
SERVER = ServerReport("https://a", "v1.36.3", "admin", (), ServerMetrics("sha256:aa"), 0.0)
KEY = Key("k", "RSA", "RS256", 2048, ("RS256",))
ISSUER = IssuerReport(
    URL, f"{URL}/.well-known/openid-configuration", keys=KeySet((KEY,), "sha256:kk"), clock_seconds=0
)


def told(
    *servers: ServerReport, written: Written | None = WRITTEN, issuers: tuple[IssuerReport, ...] = ()
) -> list[tuple[str, str]]:
    return [
        (problem.severity.value, problem.code) for problem in problems(Status(written, servers, issuers, NOW))
    ]


def answered(metrics: ServerMetrics) -> Answer:
    return Answer(metrics, V1_36)


def with_metrics(**fields: object) -> ServerReport:
    return replace(SERVER, metrics=replace(SERVER.metrics, **fields))  # type: ignore[arg-type]


def test_all_is_well() -> None:
    assert told(SERVER, issuers=(ISSUER,)) == []


@pytest.mark.parametrize(
    ("server", "want"),
    [
        (replace(SERVER, version=None, unanswered=(Unanswered("version", "no", 401),)), [("error", "unreachable")]),
        (with_metrics(loaded_hash="sha256:bb"), [("error", "other-file")]),
        (with_metrics(loaded_hash=None), [("error", "no-file")]),
        (replace(SERVER, unanswered=(Unanswered("metrics", "no", 403),)), [("error", "unanswered")]),
        (replace(SERVER, username=None, unanswered=(Unanswered("who am I", "no", 404),)), [("warning", "unanswered")]),
        (replace(SERVER, username=None, unanswered=(Unanswered("who am I", "no", 500),)), [("error", "unanswered")]),
        (with_metrics(reloaded={"failure": NOW - 5, "success": NOW - 9}), [("warning", "reload-failed")]),
        (with_metrics(reloaded={"failure": NOW - 9, "success": NOW - 5}), []),
    ],
)  # fmt: skip
def test_an_api_server(server: ServerReport, want: list[tuple[str, str]]) -> None:
    assert told(server) == want


@pytest.mark.parametrize(
    ("changed", "started", "reloaded", "want"),
    [
        (-1000, -900, {}, []),  # started since
        (-1000, -1000.9, {}, []),  # in the same second: the start is no more accurate
        (-1000, -1002, {"success": NOW - 995}, []),  # reloaded since
        (-1000, -2000, {}, []),  # written again with the same content: it would have been reloaded by now
        (-20, -2000, {"success": NOW - 30}, [("error", "other-file")]),
        (-20, -2000, {"failure": NOW - 10}, [("error", "reload-failed")]),
    ],
)
def test_before_the_hash_times_say_what_is_loaded(
    changed: float, started: float, reloaded: dict[str, float], want: list[tuple[str, str]]
) -> None:
    server = with_metrics(loaded_hash=None, started=NOW + started, reloaded=reloaded)
    older = replace(server, version="v1.33.1+k3s1")
    assert told(older, written=replace(WRITTEN, changed=NOW + changed)) == want
    assert matches(older, replace(WRITTEN, changed=NOW + changed), NOW) == (not want)


def test_before_the_hash_a_file_must_be_named() -> None:
    older = replace(with_metrics(loaded_hash=None), version="v1.33.1+k3s1")
    assert told(older, written=None) == [("warning", "no-hash")]


def test_without_a_file_a_failed_reload_is_an_error_and_silence_is_not() -> None:
    assert told(with_metrics(reloaded={"failure": NOW}), written=None) == [("error", "reload-failed")]
    assert told(with_metrics(loaded_hash=None), written=None) == [("warning", "no-file")]
    assert told(replace(SERVER, unanswered=(Unanswered("metrics", "no", 403),)), written=None) == [
        ("warning", "unanswered")
    ]


def test_an_unreachable_api_server_of_the_cluster_is_an_error_if_a_file_is_expected() -> None:
    lost = replace(SERVER, version=None, unanswered=(Unanswered("version", "no way"),), discovered=True)
    assert told(SERVER, lost) == [("error", "unreachable")]
    assert told(SERVER, lost, written=None) == [("warning", "unreachable")]
    assert told(SERVER, replace(lost, discovered=False), written=None) == [("error", "unreachable")]


def test_a_failed_reload_is_given_its_reason() -> None:
    server = with_metrics(loaded_hash="sha256:bb", reloaded={"failure": NOW - 5})
    silent = replace(ISSUER, keys=None, fault=Fault("unreachable", "it is down"))
    for written, issuers, reason in (
        (replace(WRITTEN, refusal="jwt[0]: Required value"), (), "jwt[0]: Required value"),
        (WRITTEN, (silent,), "it is down"),
        (WRITTEN, (), "its log says why"),
    ):
        found = problems(Status(written, (server,), issuers, NOW))
        (problem,) = (each for each in found if each.code == "other-file")
        assert "its last reload failed 5 s ago" in problem.message
        assert reason in problem.remedy


def fetched(**moments: float) -> ServerReport:
    return with_metrics(issuers={issuer_hash(URL): IssuerMetrics({}, moments, "sha256:kk")})


@pytest.mark.parametrize(
    ("issuer", "server", "want"),
    [
        (replace(ISSUER, fault=Fault("status", "500"), keys=None), SERVER, [("error", "status")]),
        (replace(ISSUER, certificate_expires=NOW + 86_400), SERVER, [("warning", "certificate-expires")]),
        (replace(ISSUER, certificate_expires=NOW + 15 * 86_400), SERVER, []),
        (replace(ISSUER, keys=KeySet((), "")), SERVER, [("error", "no-usable-key")]),
        (replace(ISSUER, keys=KeySet((replace(KEY, bits=1024),), "")), SERVER, [("warning", "weak-key")]),
        (replace(ISSUER, clock_seconds=61), SERVER, [("error", "clock")]),
        (replace(ISSUER, clock_seconds=-61), SERVER, [("error", "clock")]),
        (replace(ISSUER, clock_seconds=11), SERVER, [("warning", "clock")]),
        (replace(ISSUER, clock_seconds=600), replace(SERVER, clock_seconds=600), []),
        (ISSUER, replace(SERVER, clock_seconds=-600), [("error", "clock")]),
        (ISSUER, fetched(failure=NOW - 1, success=NOW - 2), [("error", "fetch-failed")]),
        (ISSUER, fetched(failure=NOW - 2, success=NOW - 1), []),
    ],
)
def test_an_issuer(issuer: IssuerReport, server: ServerReport, want: list[tuple[str, str]]) -> None:
    assert told(server, issuers=(issuer,)) == want


def test_errors_come_before_warnings() -> None:
    expiring = replace(ISSUER, certificate_expires=NOW)
    severities = [severity for severity, _ in told(SERVER, replace(SERVER, version=None, unanswered=(Unanswered("version", "x"),)), issuers=(expiring, replace(ISSUER, clock_seconds=99)))]  # fmt: skip # noqa: E501
    assert severities == ["error", "error", "warning"]


@pytest.mark.parametrize(
    ("failures", "moment", "at", "stops"),
    [
        (0, NOW - 3600, NOW + 1, False),  # of another file, long ago
        (1, NOW - 3600, NOW + 1, True),  # counted while we waited
        (0, NOW - 60, NOW + 1, True),  # of this file, just before
        (0, NOW - 3600, NOW + 80, True),  # and nothing since, though it looks every minute
    ],
)
def test_waiting_stops_at_a_failure_of_this_file(
    failures: int, moment: float, at: float, stops: bool
) -> None:
    metrics = ServerMetrics("sha256:bb", {"failure": 1 + failures}, {"failure": moment})
    answer, refused = answered(metrics), replace(WRITTEN, refusal="jwt[0]: Required value")
    assert bool(Watch(1, NOW).failed(answer, refused, at)) == stops
    if stops and at - moment < RETRY_SECONDS:
        assert Watch(1, NOW).failed(answer, WRITTEN, at) == "", "an issuer may be why: that is tried again"
    assert Watch(1, NOW).failed(answer, WRITTEN, at + RETRY_SECONDS), "nothing came of it"


def test_a_failure_that_is_not_followed_by_another_try_is_for_good() -> None:
    watch = Watch(0, NOW)
    once = answered(ServerMetrics("sha256:bb", {"failure": 1}, {"failure": NOW + 30}))
    assert watch.failed(once, WRITTEN, NOW + 170) == ""
    assert watch.failed(once, WRITTEN, NOW + 181).endswith("and it has not tried again")
    again = answered(ServerMetrics("sha256:bb", {"failure": 2}, {"failure": NOW + 150}))
    assert watch.failed(again, WRITTEN, NOW + 181) == ""


def test_a_reload_that_failed_is_told_with_the_files_own_fault() -> None:
    answer = answered(ServerMetrics("sha256:bb", {"failure": 2}, {"failure": NOW - 2}))
    failed = Watch(1, NOW).failed(answer, replace(WRITTEN, refusal="jwt[0]: Required value"), NOW)
    assert failed == "its reload failed 2 s ago (18:26:38 UTC): jwt[0]: Required value"


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Answer(ServerMetrics(), V1_36), "it has loaded no AuthenticationConfiguration"),
        (Answer(ServerMetrics(), KubernetesVersion(1, 33)), ""),
        (AskingError("HTTP 403: no", 403), "its metrics cannot be asked: HTTP 403: no"),
        (AskingError("HTTP 401", 401), "its metrics cannot be asked: HTTP 401"),
        (AskingError("it refused the connection"), ""),
        (AskingError("HTTP 500", 500), ""),
        (Answer(ServerMetrics("sha256:bb"), V1_36), ""),
    ],
)
def test_waiting_stops_where_no_answer_will_come(answer: Answer | AskingError, says: str) -> None:
    waiting = Waiting(WRITTEN, NOW)
    assert waiting.end("https://a", answer, NOW) == "", "an API server that starts may answer so"
    assert waiting.end("https://a", answer, NOW + 5) == ""
    assert waiting.end("https://a", answer, NOW + 11).startswith(says)
    assert bool(waiting.end("https://a", answer, NOW + 11)) == bool(says)


def test_an_answer_in_between_restarts_the_patience() -> None:
    waiting, refused = Waiting(WRITTEN, NOW), AskingError("HTTP 403", 403)
    waiting.end("https://a", refused, NOW)
    waiting.end("https://a", answered(ServerMetrics("sha256:bb")), NOW + 5)
    assert waiting.end("https://a", refused, NOW + 11) == ""


@pytest.mark.parametrize(
    ("versions", "want"),
    [
        (["v1.36.3", "v1.33.1+k3s1"], "1.33"),
        ([None, "v1.35.0"], "1.35"),
        (["v1.20.1"], "1.30"),
        (["v1.99.1"], "1.37"),
        ([None, "mine"], "None"),
        ([], "None"),
    ],
)
def test_the_oldest_api_server_judges_the_file(versions: list[str | None], want: str) -> None:
    assert str(oldest([replace(SERVER, version=version) for version in versions])) == want


def test_a_file_for_a_newer_api_server_is_refused_by_an_older_one() -> None:
    data = b"""\
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer: {url: "https://i.example.org", audiences: [a]}
  claimMappings: {username: {claim: sub, prefix: "x:"}}
"""
    assert judged("f", data, 0.0, KubernetesVersion(1, 34)).refusal == ""
    refusal = judged("f", data, 0.0, KubernetesVersion(1, 33)).refusal
    assert (
        'no kind "AuthenticationConfiguration" is registered for version "apiserver.config.k8s.io/v1"'
        in refusal
    )


def test_waiting_goes_on_after_a_success() -> None:
    answer = answered(ServerMetrics("sha256:bb", {"failure": 9}, {"failure": NOW - 2, "success": NOW - 1}))
    assert Watch(1, NOW).failed(answer, WRITTEN, NOW) == ""


@pytest.mark.parametrize(
    ("seconds", "says"), [(0, "0 s"), (119, "119 s"), (121, "2 min"), (7300, "2 h"), (200_000, "2 days")]
)
def test_a_duration_has_one_unit(seconds: float, says: str) -> None:
    assert duration(seconds) == says


def test_a_moment_of_another_day_has_its_date() -> None:
    assert ago(NOW - 30, NOW) == "30 s ago (18:26:10 UTC)"
    assert ago(NOW - 200_000, NOW) == "2 days ago (2025-11-30 10:53:20 UTC)"


OTHER = with_metrics(loaded_hash="sha256:bb")
SILENT = with_metrics(loaded_hash=None)


@pytest.mark.parametrize(
    ("servers", "want"),
    [
        ((SERVER, SERVER), ": loaded"),
        ((SERVER, OTHER), ": NOT loaded on 1 of 2 API servers"),
        ((SERVER, SILENT), ": unknown whether it is loaded on 1 of 2 API servers"),
        ((OTHER, SILENT), ": NOT loaded on 1 of 2 API servers"),
        ((), ""),
    ],
)
def test_an_api_server_that_did_not_say_is_not_called_one_without_the_file(
    servers: tuple[ServerReport, ...], want: str
) -> None:
    [line] = [
        line for line in as_text(Status(WRITTEN, servers, (), NOW), ()).splitlines() if "written file" in line
    ]
    assert line == f"written file  auth.yaml sha256:aa{want}"
