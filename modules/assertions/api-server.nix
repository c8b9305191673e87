# Pure: the API server's flags and version against the options.
{ lib }:
cfg:
let
  flags = import ../flags.nix { inherit lib; };
  versions = import ../kubernetes-versions.nix { inherit lib; };
  server = cfg.apiServer;

  configFlags = flags.values "authentication-config" server.flags;
  others = lib.filter (value: value != server.authenticationConfig) configFlags;
  oidc = lib.unique (lib.filter (lib.hasPrefix "oidc-") (map (flag: flag.name) server.flags));

  # As the file will have it, by whichever option.
  anonymous = cfg.authenticationConfiguration.anonymous or null;

  version = cfg.kubernetesVersion;
  gates = server.featureGates // flags.gates server.flags;
  knows = field: versions.knows field version gates;
  anyIssuer = field: lib.any (issuer: issuer.${field} != null) (builtins.attrValues cfg.issuers);

  # A field that is used, and that this version does not know (or has its gate closed for).
  needs =
    field: isUsed: option:
    let
      entry = versions.fields.${field};
      isGated = lib.versionAtLeast version entry.since;
    in
    {
      assertion = isUsed -> knows field;
      message =
        if isGated then
          "${option} needs the feature gate ${entry.gate}, which Kubernetes ${version} has closed: open it (on services.kubernetes: services.kubernetes.apiserver.featureGates.${entry.gate} = true), or use Kubernetes ${entry.default} or later."
        else
          "${option} needs Kubernetes ${entry.since}, and this is ${version} (services.kube-oidc.kubernetesVersion): leave it out or use a later Kubernetes.";
    };
in
map (problem: {
  assertion = false;
  message = "services.kube-oidc: ${problem}.";
}) server.problems
++ [
  {
    assertion = others == [ ];
    message = "${server.flagsOption} has --authentication-config=${
      toString (lib.head (others ++ [ "" ]))
    } of its own, and services.kube-oidc gives the API server its file with that flag: move what that file says to services.kube-oidc.issuers and remove the flag.";
  }
  {
    assertion =
      server.authenticationConfig != null
      -> lib.length (lib.filter (value: value == server.authenticationConfig) configFlags) == 1;
    message = "${server.flagsOption} must have ${server.flagForm "authentication-config=${toString server.authenticationConfig}"} exactly once, and it does not: something replaced what services.kube-oidc added (lib.mkForce?), or repeats it. Let definitions be merged, and do not write the flag yourself.";
  }
  {
    assertion = oidc == [ ];
    message = "${server.flagsOption} has ${
      lib.concatMapStringsSep ", " (name: "--${name}") oidc
    }: kube-apiserver refuses to start with --oidc-* flags and a file. Write that issuer as services.kube-oidc.issuers.<name> (kube-oidc migrate translates the flags) and remove them.";
  }
  {
    assertion = anonymous == null || !(flags.has "anonymous-auth" server.flags);
    message = "${server.flagsOption} has --anonymous-auth and services.kube-oidc.anonymous is set: kube-apiserver refuses to start with both. Remove the flag, or set services.kube-oidc.anonymous = null.";
  }
  {
    assertion = anonymous == null || !server.setsAnonymousFlag;
    message = "services.kube-oidc.anonymous: ${cfg.distribution} ${server.version} sets --anonymous-auth by itself, and kube-apiserver refuses to start with both. Use ${cfg.distribution} 1.32.5, 1.33.1 or later, or set services.kube-oidc.anonymous = null.";
  }
  {
    assertion = cfg.anonymous != null -> (cfg.anonymous.enabled || cfg.anonymous.conditions == [ ]);
    message = "services.kube-oidc.anonymous.conditions says which paths are open, and services.kube-oidc.anonymous.enabled is false: set enabled = true, or leave out the conditions.";
  }
  {
    assertion = lib.versionAtLeast version versions.oldest;
    message = "services.kube-oidc.kubernetesVersion is ${version}, but services.kube-oidc requires Kubernetes ${versions.oldest} or later: upgrade the cluster, or keep its --oidc-* flags.";
  }
]
++ lib.optionals (lib.versionAtLeast version versions.oldest) [
  (needs "file" true "services.kube-oidc.enable")
  (needs "egressSelectorType" (anyIssuer "egressSelectorType")
    "services.kube-oidc.issuers.<name>.egressSelectorType"
  )
  (needs "anonymous" (anonymous != null) "services.kube-oidc.anonymous")
]
