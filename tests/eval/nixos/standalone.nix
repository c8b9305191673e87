# A machine without an API server of NixOS: the file is written and checked, nothing else changes.
{ evaluate }:
let
  inherit (evaluate)
    forgejo
    lib
    machine
    oidc
    refusalsOf
    warningsOf
    ;

  system = machine [
    (oidc { enable = true; })
    forgejo
  ];
in
{
  testNoAssertionFails = {
    expr = refusalsOf system;
    expected = [ ];
  };

  testTheUnusedFileIsWarnedOf = {
    expr = map (lib.hasInfix "distribution = \"file\"") (warningsOf system);
    expected = [ true ];
  };

  testFileIsAtItsPath = {
    expr = system.environment.etc."kube-oidc/auth.yaml".source;
    expected = system.services.kube-oidc.configFile;
  };

  testNoFlagIsAdded = {
    expr = [
      system.services.kubernetes.apiserver.extraOpts
      system.services.k3s.extraFlags
      system.services.rke2.extraFlags
    ];
    expected = [
      ""
      [ ]
      [ ]
    ];
  };

  testNoUnitIsAdded = {
    expr = lib.filter (lib.hasPrefix "kube-oidc") (builtins.attrNames system.systemd.services);
    expected = [ ];
  };
}
