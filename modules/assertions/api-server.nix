# Pure: options that conflict with the API server's flags, version or feature gates.
{ lib }:
cfg:
let
  flags = import ../flags.nix { inherit lib; };
  versions = import ../kubernetes-versions.nix { inherit lib; };
  server = cfg.apiServer;

  configFlags = flags.values "authentication-config" server.flags;
  others = lib.filter (value: value != server.authenticationConfig) configFlags;
  oidc = lib.unique (lib.filter (lib.hasPrefix "oidc-") (map (flag: flag.name) server.flags));

  # As in the file: set by `anonymous` or `settings`.
  anonymous = cfg.authenticationConfiguration.anonymous or null;

  version = cfg.kubernetesVersion;
  gates = server.featureGates // flags.gates server.flags;
  knows = field: versions.knows field version gates;
  anyIssuer = field: lib.any (issuer: issuer.${field} != null) (builtins.attrValues cfg.issuers);

  # A field that this version doesn't have, or whose gate is off.
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
          "${option} requires the feature gate ${entry.gate}, which is off: turn it on (services.kubernetes.apiserver.featureGates.${entry.gate} = true on services.kubernetes)${
            lib.optionalString (!lib.versionAtLeast version entry.default) ", or use Kubernetes ${entry.default} or later"
          }."
        else
          "${option} requires Kubernetes ${entry.since}, but services.kube-oidc.kubernetesVersion is ${version}: remove it, or upgrade Kubernetes.";
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
    }, but services.kube-oidc sets that flag: move the contents of that file to services.kube-oidc.issuers, and remove the flag.";
  }
  {
    assertion =
      server.authenticationConfig != null
      -> lib.length (lib.filter (value: value == server.authenticationConfig) configFlags) == 1;
    message = "${server.flagsOption} must have ${server.flagForm "authentication-config=${toString server.authenticationConfig}"} exactly once, but another definition replaces it (lib.mkForce?) or repeats it: let services.kube-oidc add the flag.";
  }
  {
    assertion = oidc == [ ];
    message = "${server.flagsOption} has ${
      lib.concatMapStringsSep ", " (name: "--${name}") oidc
    }, but kube-apiserver doesn't start with both --oidc-* flags and a file. Move that issuer to services.kube-oidc.issuers.<name> (kube-oidc migrate converts the flags), and remove them.";
  }
  {
    assertion = anonymous == null || !(flags.has "anonymous-auth" server.flags);
    message = "${server.flagsOption} has --anonymous-auth and services.kube-oidc.anonymous is set, but kube-apiserver doesn't start with both. Remove the flag, or set services.kube-oidc.anonymous = null.";
  }
  {
    assertion = anonymous == null || !server.setsAnonymousFlag;
    message = "services.kube-oidc.anonymous: ${cfg.distribution} ${server.version} always sets --anonymous-auth, and kube-apiserver doesn't start with both. Use ${cfg.distribution} 1.32.5, 1.33.1 or later, or set services.kube-oidc.anonymous = null.";
  }
  {
    assertion = cfg.anonymous != null -> (cfg.anonymous.enabled || cfg.anonymous.conditions == [ ]);
    message = "services.kube-oidc.anonymous.conditions is set, but services.kube-oidc.anonymous.enabled is false: set enabled = true, or remove the conditions.";
  }
  {
    assertion = lib.versionAtLeast version versions.oldest;
    message = "services.kube-oidc.kubernetesVersion is ${version}, but kube-oidc requires Kubernetes ${versions.oldest}, the first version with AuthenticationConfiguration on by default: upgrade the cluster, or keep using --oidc-* flags.";
  }
]
++ lib.optionals (lib.versionAtLeast version versions.oldest) [
  (needs "file" true "services.kube-oidc.enable")
  (needs "egressSelectorType" (anyIssuer "egressSelectorType")
    "services.kube-oidc.issuers.<name>.egressSelectorType"
  )
  (needs "anonymous" (anonymous != null) "services.kube-oidc.anonymous")
]
