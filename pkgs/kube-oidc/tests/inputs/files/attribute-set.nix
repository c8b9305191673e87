{ lib, pkgs, ... }:
let
  config = (pkgs.formats.yaml { }).generate "auth.yaml" {
    apiVersion = "apiserver.config.k8s.io/v1";
    kind = "AuthenticationConfiguration";
    jwt = [
      {
        issuer.url = "http://issuer.example"; # the forge
        issuer.audiences = [ "cluster" ];
        claimMappings.username = { claim = "sub"; prefix = "x:"; };
      }
    ];
  };
in
{ services.k3s.extraFlags = [ "--kube-apiserver-arg=authentication-config=${config}" ]; }
