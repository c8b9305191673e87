# What a machine's evaluation reads of the module, for a number of issuers and grants (benchmarks/evaluation.py).
{
  issuers ? 1,
  grants ? 0,
  lib ? import <nixpkgs/lib>,
}:
let
  evaluate = import ../tests/eval/evaluate.nix { inherit lib; };

  number = lib.fixedWidthNumber 4;
  make =
    prefix: count: f:
    lib.listToAttrs (
      map (index: lib.nameValuePair "${prefix}${number index}" (f index)) (lib.range 0 (count - 1))
    );

  system = evaluate.machine [
    evaluate.master
    (evaluate.oidc {
      issuers = make "forgejo" issuers (index: {
        provider = "forgejo";
        host = "git${number index}.example.org";
        audiences = [ "kubernetes.example.org" ];
        trust.owners = [ "adam" ];
      });
      grants = make "site" grants (index: {
        issuer = "forgejo0000";
        workload = {
          repository = "adam/site${number index}";
          ref = "refs/heads/main";
        };
        namespace = "site";
        preset = "deploy";
      });
    })
  ];
  # Attributes of a derivation or a unit that are not derivations themselves.
  texts = lib.filterAttrs (_: builtins.isString);
in
builtins.deepSeq [
  system.warnings
  (texts system.services.kube-oidc.configFile)
  (builtins.toJSON system.services.kube-oidc.manifests)
  system.services.kubernetes.apiserver.extraOpts
  (lib.mapAttrs (_: unit: texts unit) system.systemd.services)
  system.environment.etc."kube-oidc/auth.yaml".mode
] (lib.length (evaluate.refusalsOf system))
