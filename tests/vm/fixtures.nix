# Shared by the VM tests: a node with an issuer, which serves Forgejo's documents and tokens, and its clients.
{
  pkgs,
  lib,
  # The test's config, for the machines' addresses.
  config,
}:
let
  host = "git.example.org";

  # Virtual machines, and containers if the release has them.
  machines = config.allMachines or config.nodes;

  # Only trusted in the tests.
  certificates = pkgs.runCommand "certificates" { nativeBuildInputs = [ pkgs.openssl ]; } ''
    mkdir $out && cd $out
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 \
      -keyout ca.key -out ca.pem -subj "/CN=test authority"
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out request.pem -subj "/CN=${host}"
    openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 36500 -out cert.pem \
      -extfile <(echo "subjectAltName=DNS:${host}")
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out signing.pem
  '';

  python = pkgs.python3.withPackages (packages: [
    packages.cryptography
    packages.pyjwt
  ]);

  # token AUDIENCE EVENT REF REPOSITORY → an ID token, on the issuer's machine.
  token =
    pkgs.writers.writePython3Bin "token"
      {
        libraries = [
          pkgs.python3Packages.pyjwt
          pkgs.python3Packages.cryptography
        ];
        flakeIgnore = [ "E501" ];
      }
      ''
        import sys
        import time
        import jwt

        audience, event, ref, repository = sys.argv[1:]
        now = int(time.time())
        subject = "pull_request" if event == "pull_request" else f"ref:{ref}"
        claims = {
            "iss": "https://${host}/api/actions", "aud": audience, "iat": now, "nbf": now, "exp": now + 3600,
            "sub": f"repo:{repository}:{subject}", "repository": repository, "repository_owner": repository.split("/")[0],
            "ref": ref, "ref_type": "branch", "ref_protected": "true", "event_name": event, "actor": "adam",
            "run_id": "1", "run_number": "1", "run_attempt": "1", "sha": "0", "workflow": "deploy.yaml",
        }
        key = open("${certificates}/signing.pem").read()
        print(jwt.encode(claims, key, algorithm="RS256", headers={"kid": "test"}))
      '';

  # Discovery and keys, the two documents that an API server fetches.
  documents = pkgs.runCommand "documents" { nativeBuildInputs = [ python ]; } ''
    mkdir -p $out/api/actions/.well-known
    python - <<'EOF_PYTHON'
    import json
    import os
    from pathlib import Path
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from jwt.algorithms import RSAAlgorithm

    issuer = "https://${host}/api/actions"
    public = load_pem_private_key(Path("${certificates}/signing.pem").read_bytes(), None).public_key()
    key = {**json.loads(RSAAlgorithm.to_jwk(public)), "kid": "test", "use": "sig", "alg": "RS256"}
    folder = Path(os.environ["out"]) / "api/actions/.well-known"
    discovery = {
        "issuer": issuer,
        "jwks_uri": f"{issuer}/.well-known/keys",
        "subject_types_supported": ["public"],
        "response_types_supported": ["id_token"],
        "id_token_signing_alg_values_supported": ["RS256"],
    }
    (folder / "openid-configuration").write_text(json.dumps(discovery))
    (folder / "keys").write_text(json.dumps({"keys": [key]}))
    EOF_PYTHON
  '';
in
{
  inherit host certificates;

  # The machine with the issuer.
  issuer = {
    services.nginx = {
      enable = true;
      virtualHosts.${host} = {
        onlySSL = true;
        sslCertificate = "${certificates}/cert.pem";
        sslCertificateKey = "${certificates}/key.pem";
        root = documents;
        locations."/".extraConfig = "default_type application/json;";
      };
    };
    networking.firewall.allowedTCPPorts = [ 443 ];
    environment.systemPackages = [ token ];
  };

  # A machine with an API server: access to the issuer, and trust in it.
  client = {
    networking.hosts.${machines.issuer.networking.primaryIPAddress} = [ host ];
    # In the system's certificates: certificateAuthorityFile would have to be built during evaluation.
    security.pki.certificateFiles = [ "${certificates}/ca.pem" ];
    environment.systemPackages = [
      pkgs.kubectl
      pkgs.jq
    ];
    services.kube-oidc = {
      enable = true;
      issuers.forgejo = {
        provider = "forgejo";
        inherit host;
        audiences = [ "kubernetes" ];
        trust.owners = lib.mkDefault [ "adam" ];
      };
      grants.site = {
        issuer = "forgejo";
        workload = {
          repository = "adam/site";
          ownerId = lib.mkDefault "7";
          repositoryId = lib.mkDefault "9";
          ref = "refs/heads/main";
        };
        namespace = "site";
        createNamespace = true;
        preset = "deploy";
      };
    };
  };

  # Python functions for the test scripts; ADMIN is the administrator's kubeconfig, SERVER the API server's URL.
  script = admin: ''
    ADMIN = "${admin}"

    def token(audience="kubernetes", event="push", ref="refs/heads/main", repository="adam/site"):
        return issuer.succeed(f"token {audience} {event} {ref} {repository}").strip()

    def can(token, verb, resource, namespace="site"):
        """yes, no or refused: what a job with this token may do."""
        # The token is in a file that only root can read, never in an argument.
        machine.succeed("umask 077; cat > /root/token <<'EOF_TOKEN'\n" + token + "\nEOF_TOKEN")
        machine.succeed(
            f"umask 077; kubectl --kubeconfig {ADMIN} config view --raw --output json"
            " | jq '.users[].user = {tokenFile: \"/root/token\"}' > /root/job"
        )
        status, output = machine.execute(
            f"kubectl --kubeconfig /root/job auth can-i {verb} {resource} --namespace {namespace} 2>&1"
        )
        return "refused" if "Unauthorized" in output or "logged in" in output else output.strip().splitlines()[-1]

    start_all()
    issuer.wait_for_unit("nginx.service")
  '';
}
