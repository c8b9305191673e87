# Assertions on machines with other distributions.
{ evaluate }:
let
  inherit (evaluate)
    forgejo
    k3s
    oidc
    rke2
    ;
  refusing = import ./refusing.nix { inherit evaluate; };
  inherit (refusing) grant issuer;

  node = {
    services.kubernetes = {
      roles = [ "node" ];
      masterAddress = "kubernetes.example.org";
    };
    services.kube-oidc.enable = true;
  };
in
refusing.onAnyMachine {
  k3sOidcFlagWithOneDash = {
    bad = [
      k3s
      { services.k3s.extraFlags = [ "-kube-apiserver-arg=oidc-issuer-url=https://x.example.org" ]; }
    ];
    good = [
      k3s
      { services.k3s.extraFlags = [ "-kube-apiserver-arg=v=2" ]; }
    ];
    says = [ "services.k3s.extraFlags has --oidc-issuer-url" ];
  };
  # `name+=value` adds a value to the flag's values from k3s.
  k3sFlagThatAdds = {
    bad = [
      k3s
      { services.k3s.extraFlags = [ "--kube-apiserver-arg=authentication-config+=/root/auth.yaml" ]; }
    ];
    good = [
      k3s
      { services.k3s.extraFlags = [ "--kube-apiserver-arg=audit-log-path+=-" ]; }
    ];
    says = [ "services.k3s.extraFlags has --authentication-config=/root/auth.yaml" ];
  };
  k3sLineBreak = {
    bad = [
      k3s
      { services.k3s.extraFlags = "--disable traefik\n"; }
    ];
    good = [
      k3s
      { services.k3s.extraFlags = "--disable traefik \\\n --disable servicelb"; }
    ];
    says = [ "services.k3s.extraFlags has a line break" ];
  };
  rke2Agent = {
    bad = [
      rke2
      {
        services.rke2.role = "agent";
        services.kube-oidc.distribution = "rke2";
      }
    ];
    good = [ rke2 ];
    says = [
      "services.rke2 runs no server on this machine"
      "only on servers"
    ];
  };
  k3sFlag = {
    bad = [
      k3s
      { services.k3s.extraFlags = [ "--kube-apiserver-arg=authentication-config=/root/auth.yaml" ]; }
    ];
    good = [
      k3s
      { services.k3s.extraFlags = [ "--kube-apiserver-arg=v=2" ]; }
    ];
    says = [ "services.k3s.extraFlags has --authentication-config=/root/auth.yaml" ];
  };
  k3sOidcFlagInAString = {
    bad = [
      k3s
      {
        services.k3s.extraFlags = "--disable traefik --kube-apiserver-arg oidc-issuer-url=https://x.example.org";
      }
    ];
    good = [
      k3s
      { services.k3s.extraFlags = "--disable traefik"; }
    ];
    says = [ "services.k3s.extraFlags has --oidc-issuer-url" ];
  };
  k3sAnonymousFlagAndSection = {
    bad = [
      k3s
      {
        services.k3s.extraFlags = [ "--kube-apiserver-arg=anonymous-auth=true" ];
        services.kube-oidc.anonymous.enabled = true;
      }
    ];
    good = [
      k3s
      { services.k3s.extraFlags = [ "--kube-apiserver-arg=anonymous-auth=true" ]; }
    ];
    says = [ "services.k3s.extraFlags has --anonymous-auth and services.kube-oidc.anonymous is set" ];
  };
  oldK3sWithAnonymous = {
    bad = [
      k3s
      {
        services.k3s.package = evaluate.package "1.32.4+k3s1";
        services.kube-oidc.anonymous.enabled = false;
      }
    ];
    good = [
      k3s
      {
        services.k3s.package = evaluate.package "1.32.5+k3s1";
        services.kube-oidc.anonymous.enabled = false;
      }
    ];
    says = [
      "k3s 1.32.4 always sets --anonymous-auth"
      "services.kube-oidc.anonymous = null"
    ];
  };
  k3sThatWouldOpenUp = {
    bad = [
      k3s
      { services.k3s.package = evaluate.package "1.31.9+k3s1"; }
    ];
    good = [
      k3s
      {
        services.k3s.package = evaluate.package "1.31.9+k3s1";
        services.k3s.extraFlags = [ "--kube-apiserver-arg=anonymous-auth=false" ];
      }
    ];
    says = [ "add \"--kube-apiserver-arg=anonymous-auth=false\" to services.k3s.extraFlags" ];
  };
  k3sAgent = {
    bad = [
      k3s
      {
        services.k3s.role = "agent";
        services.kube-oidc.distribution = "k3s";
      }
    ];
    good = [ k3s ];
    says = [
      "services.k3s runs no server on this machine"
      "only on servers"
    ];
  };
  k3sServiceAccountIssuer = {
    bad = [
      k3s
      (issuer { url = "https://kubernetes.default.svc.cluster.local"; })
    ];
    good = [
      k3s
      (issuer { url = "https://kubernetes.default.svc.cluster.local"; })
      { services.k3s.extraFlags = [ "--cluster-domain=example.org" ]; }
    ];
    says = [
      "service account issuer"
      "--kube-apiserver-arg=service-account-issuer=https://… in services.k3s.extraFlags"
    ];
  };
  rke2Flag = {
    bad = [
      rke2
      { services.rke2.extraFlags = [ "--kube-apiserver-arg=authentication-config=/root/auth.yaml" ]; }
    ];
    good = [ rke2 ];
    says = [ "services.rke2.extraFlags has --authentication-config=/root/auth.yaml" ];
  };
  grantWithoutADistribution = {
    bad = [
      (oidc { enable = true; })
      forgejo
      (grant { })
    ];
    good = [
      (oidc { enable = true; })
      forgejo
    ];
    says = [
      "services.kube-oidc.grants can't be applied"
      "no API server of services.kubernetes, services.k3s or services.rke2 was found"
      "set services.kube-oidc.distribution"
    ];
  };
  grantOnAnAgent = {
    bad = [
      k3s
      { services.k3s.role = "agent"; }
      forgejo
      (grant { })
    ];
    good = [
      k3s
      forgejo
      (grant { })
    ];
    says = [
      "services.k3s.role is \"agent\""
      "enable services.kube-oidc on the machines that have one"
    ];
  };
  grantOnANode = {
    bad = [
      node
      forgejo
      (grant { })
    ];
    good = [
      node
      { services.kubernetes.roles = [ "master" ]; }
      forgejo
      (grant { })
    ];
    says = [
      "services.kubernetes.roles has no \"master\""
      "enable services.kube-oidc on the machines that have one"
    ];
  };
  grantWithADistributionThatIsOnlyAFile = {
    bad = [
      (oidc {
        enable = true;
        distribution = "file";
      })
      forgejo
      (grant { })
    ];
    good = [
      (oidc {
        enable = true;
        distribution = "file";
      })
      forgejo
    ];
    says = [ "services.kube-oidc.distribution is \"file\"" ];
  };
}
