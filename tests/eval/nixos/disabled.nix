# A machine that imports the module, configures it and leaves it disabled.
{ evaluate }:
let
  inherit (evaluate)
    forgejo
    labelled
    lib
    machine
    master
    oidc
    refusalsOf
    warningsOf
    ;

  system = machine [
    master
    forgejo
    (oidc {
      enable = lib.mkForce false;
      grants.broken.issuer = "nobody";
    })
  ];
in
{
  testNothingIsReported = {
    expr = refusalsOf system ++ warningsOf system;
    expected = [ ];
  };

  testNothingIsLeftBehind = {
    expr = {
      inherit (system.services.kubernetes.apiserver) extraOpts;
      addons = labelled system.services.kubernetes.addonManager.bootstrapAddons;
      files = lib.filter (lib.hasPrefix "kube-oidc") (builtins.attrNames system.environment.etc);
      units = lib.filter (lib.hasPrefix "kube-oidc") (builtins.attrNames system.systemd.services);
    };
    expected = {
      extraOpts = "";
      addons = { };
      files = [ ];
      units = [ ];
    };
  };
}
