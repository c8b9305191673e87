# Assertions about flags, versions and feature gates of the API server.
{ evaluate }:
let
  inherit (evaluate) lib oidc;
  refusing = import ./refusing.nix { inherit evaluate; };
  inherit (refusing)
    all
    extraOpts
    gates
    issuer
    ;
in
refusing.onMaster {
  # It runs as the user kubernetes.
  fileThatTheServerCannotRead = {
    bad = {
      environment.etc."kube-oidc/auth.yaml".mode = lib.mkForce "0600";
    };
    good = {
      environment.etc."kube-oidc/auth.yaml" = {
        mode = lib.mkForce "0440";
        group = "kubernetes";
      };
    };
    says = [
      "environment.etc.\"kube-oidc/auth.yaml\".mode is \"0600\""
      "\"0444\""
    ];
  };
  # systemd ends the line there: flags after it, including ours, would be unknown keys.
  lineBreakInTheFlags = {
    bad = extraOpts "--v=2\n";
    good = extraOpts "--v=2 \\\n  --audit-log-path=- \\\n";
    says = [
      "services.kubernetes.apiserver.extraOpts has a line break"
      "backslash"
    ];
  };
  oidcFlagOnASeparateLine = {
    bad = extraOpts "--v=2 \\\n--oidc-issuer-url=https://x.example.org";
    good = extraOpts "--v=2 \\\n--audit-log-path=-";
    says = [ "--oidc-issuer-url" ];
  };
  anonymousFlagAndSettings = {
    bad = all [
      (extraOpts "--anonymous-auth=false")
      (oidc { settings.anonymous.enabled = false; })
    ];
    good = oidc { settings.anonymous.enabled = false; };
    says = [ "services.kubernetes.apiserver.extraOpts has --anonymous-auth" ];
  };
  ownAuthenticationConfig = {
    bad = extraOpts "--v=2 --authentication-config=/root/auth.yaml";
    good = extraOpts "--v=2";
    says = [
      "services.kubernetes.apiserver.extraOpts"
      "/root/auth.yaml"
      "services.kube-oidc.issuers"
    ];
  };
  ownAuthenticationConfigAsTwoWords = {
    bad = extraOpts "--authentication-config '/root/my auth.yaml'";
    good = extraOpts "--audit-log-path=/x--authentication-config=/root/auth.yaml";
    says = [ "/root/my auth.yaml" ];
  };
  flagTakenAway = {
    bad = extraOpts (lib.mkForce "--v=2");
    good = extraOpts (lib.mkBefore "--v=2");
    says = [
      "--authentication-config=/etc/kube-oidc/auth.yaml exactly once"
      "mkForce"
    ];
  };
  flagRepeated = {
    bad = extraOpts "--authentication-config=/etc/kube-oidc/auth.yaml";
    good = { };
    says = [ "exactly once" ];
  };
  oidcFlags = {
    bad = extraOpts "--oidc-issuer-url=https://x.example.org --oidc-client-id k";
    good = extraOpts "--service-account-issuer=https://x.example.org";
    says = [
      "--oidc-issuer-url, --oidc-client-id"
      "services.kubernetes.apiserver.extraOpts"
      "kube-oidc migrate"
    ];
  };
  oidcFlagsWithUnderscores = {
    bad = extraOpts "--oidc_issuer_url=https://x.example.org";
    good = extraOpts "--audit-log-path=/var/log/oidc_issuer_url";
    says = [ "--oidc-issuer-url" ];
  };
  anonymousFlag = {
    bad = all [
      (extraOpts "--anonymous-auth=false")
      (oidc { anonymous.enabled = false; })
    ];
    good = oidc { anonymous.enabled = false; };
    says = [
      "--anonymous-auth"
      "services.kube-oidc.anonymous = null"
    ];
  };
  anonymousConditionsWhileClosed = {
    bad = oidc { anonymous.conditions = [ { path = "/livez"; } ]; };
    good = oidc {
      anonymous = {
        enabled = true;
        conditions = [ { path = "/livez"; } ];
      };
    };
    says = [
      "services.kube-oidc.anonymous.conditions"
      "enabled = true"
    ];
  };
  kubernetesTooOld = {
    bad = oidc { kubernetesVersion = "1.29"; };
    good = oidc { kubernetesVersion = "1.30"; };
    says = [
      "services.kube-oidc.kubernetesVersion is 1.29"
      "requires Kubernetes 1.30"
      "upgrade"
    ];
  };
  gateOpenedByFlag = {
    bad = oidc {
      kubernetesVersion = "1.31";
      anonymous.enabled = false;
    };
    good = all [
      (oidc {
        kubernetesVersion = "1.31";
        anonymous.enabled = false;
      })
      (extraOpts "--feature-gates=Other=false,AnonymousAuthConfigurableEndpoints=true")
    ];
    says = [
      "services.kubernetes.apiserver.featureGates.AnonymousAuthConfigurableEndpoints = true"
    ];
  };
  gateClosedByFlag = {
    bad = extraOpts "--feature-gates StructuredAuthenticationConfiguration=false";
    good = extraOpts "--feature-gates=StructuredAuthenticationConfigurationEgressSelector=false";
    says = [ "StructuredAuthenticationConfiguration" ];
  };
  anonymousTooNew = {
    bad = oidc {
      kubernetesVersion = "1.30";
      anonymous.enabled = false;
    };
    good = oidc {
      kubernetesVersion = "1.32";
      anonymous.enabled = false;
    };
    says = [
      "services.kube-oidc.anonymous requires Kubernetes 1.31"
      "services.kube-oidc.kubernetesVersion is 1.30"
    ];
  };
  anonymousBehindItsGate = {
    bad = oidc {
      kubernetesVersion = "1.31";
      anonymous.enabled = false;
    };
    good = all [
      (oidc {
        kubernetesVersion = "1.31";
        anonymous.enabled = false;
      })
      (gates [ "AnonymousAuthConfigurableEndpoints" ])
    ];
    says = [
      "services.kubernetes.apiserver.featureGates.AnonymousAuthConfigurableEndpoints = true"
      "or use Kubernetes 1.32 or later"
    ];
  };
  egressTooNew = {
    bad = all [
      (oidc { kubernetesVersion = "1.33"; })
      (issuer { egressSelectorType = "cluster"; })
    ];
    good = issuer { egressSelectorType = "cluster"; };
    says = [
      "egressSelectorType requires Kubernetes 1.34"
      "services.kube-oidc.kubernetesVersion is 1.33"
    ];
  };
  twoDistributions = {
    bad = {
      services.k3s.enable = true;
    };
    good = {
      services.k3s.enable = true;
      services.kube-oidc.distribution = "kubernetes";
    };
    says = [
      "services.kube-oidc.distribution"
      "kubernetes and k3s are both enabled"
    ];
  };
  noApiServerHere = {
    bad = {
      services.kubernetes.apiserver.enable = lib.mkForce false;
      services.kube-oidc.distribution = "kubernetes";
    };
    good = {
      services.kube-oidc.distribution = "kubernetes";
    };
    says = [
      "services.kubernetes.apiserver.enable"
      "distribution = \"file\""
    ];
  };
}
