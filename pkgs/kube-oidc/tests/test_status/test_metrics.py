"""The metrics of an API server, as one of 1.36 writes them."""

from __future__ import annotations

from kube_oidc.cluster.metrics import IssuerMetrics, ServerMetrics, issuer_hash, parse

URL = "https://git.example.org/api/actions"
ISSUER = issuer_hash(URL)
ID = "sha256:" + 64 * "b"
TEXT = f"""\
# HELP apiserver_authentication_config_controller_last_config_info [ALPHA] Information about the last applied ...
# TYPE apiserver_authentication_config_controller_last_config_info gauge
apiserver_authentication_config_controller_automatic_reload_last_timestamp_seconds{{apiserver_id_hash="{ID}",status="failure"}} 1.7647002005e+09
apiserver_authentication_config_controller_automatic_reload_last_timestamp_seconds{{apiserver_id_hash="{ID}",status="success"}} 1.764700100e+09
apiserver_authentication_config_controller_automatic_reloads_total{{apiserver_id_hash="{ID}",status="failure"}} 2
apiserver_authentication_config_controller_automatic_reloads_total{{apiserver_id_hash="{ID}",status="success"}} 1
apiserver_authentication_config_controller_last_config_info{{apiserver_id_hash="{ID}",hash="sha256:aa"}} 1
apiserver_authentication_jwt_authenticator_jwks_fetch_last_key_set_info{{apiserver_id_hash="{ID}",hash="sha256:cc",jwt_issuer_hash="{ISSUER}"}} 1
apiserver_authentication_jwt_authenticator_jwks_fetch_last_timestamp_seconds{{apiserver_id_hash="{ID}",jwt_issuer_hash="{ISSUER}",result="success"}} 1.76470015e+09
apiserver_authentication_jwt_authenticator_latency_seconds_bucket{{jwt_issuer_hash="{ISSUER}",result="failure",le="0.001"}} 3
apiserver_authentication_jwt_authenticator_latency_seconds_count{{jwt_issuer_hash="{ISSUER}",result="failure"}} 4
apiserver_authentication_jwt_authenticator_latency_seconds_count{{jwt_issuer_hash="{ISSUER}",result="success"}} 7
"""  # noqa: E501


def test_the_metrics_are_read() -> None:
    assert parse(TEXT) == ServerMetrics(
        loaded_hash="sha256:aa",
        reloads={"failure": 2, "success": 1},
        reloaded={"failure": 1764700200.5, "success": 1764700100},
        issuers={
            ISSUER: IssuerMetrics({"failure": 4, "success": 7}, {"success": 1764700150}, "sha256:cc"),
        },
    )
    assert parse(TEXT).last_reload == ("failure", 1764700200.5)


def test_an_api_server_without_a_file_says_nothing() -> None:
    assert parse('apiserver_request_total{code="200"} 1\n') == ServerMetrics()
    assert parse("").last_reload is None
