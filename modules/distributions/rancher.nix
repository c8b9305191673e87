# Pure: a NixOS module for k3s or rke2, which share their options and their flags.
{ lib }:
let
  flags = import ../flags.nix { inherit lib; };
  versions = import ../kubernetes-versions.nix { inherit lib; };

  # Earlier versions always set --anonymous-auth=false, which conflicts with `anonymous` in the file; since these versions,
  # k3s omits the flag if it has a file (k3s-io/k3s issue 12245, rancher/rke2 issue 8137).
  leavesAnonymousOpen =
    version:
    lib.versionAtLeast version "1.33.1"
    || (lib.versionOlder version "1.33" && lib.versionAtLeast version "1.32.5")
    || (lib.versionOlder version "1.32" && lib.versionAtLeast version "1.31.9");

  last = list: fallback: if list == [ ] then fallback else lib.last list;
in
{
  # "k3s", "rke2"
  name,
  # Unit of the server.
  unit,
  # Path of the file for the API server.
  path,
  # Further flags, depending on `anonymous`.
  extraFlags ? _: [ ],
  # Keys of the distribution's configuration file that our flags override.
  configKeys ? [ "kube-apiserver-arg" ],
  # Where the API server's log is, if not in the unit's journal.
  logFiles ? "",
}:
{
  config,
  options,
  pkgs,
  ...
}:
let
  cfg = config.services.kube-oidc;
  service = config.services.${name};
  declared = options.services.${name};
  isActive = cfg.enable && cfg.distribution == name;

  # As in the file: set by `anonymous` or `settings`.
  anonymous = cfg.authenticationConfiguration.anonymous or null;
  manifests = "/var/lib/rancher/${name}/server/manifests";
  ours = [ "--kube-apiserver-arg=authentication-config=${path}" ] ++ extraFlags anonymous;

  # "1.36.2+k3s1" → "1.36.2"
  version = lib.head (lib.splitString "+" service.package.version);

  wordsOf = values: flags.words (lib.concatStringsSep " " (lib.concatMap lib.toList values));
  words = wordsOf [ service.extraFlags ];
  given = flags.ofApiServer words;
  # Without ours, which depend on `anonymous`, whose default depends on this.
  theirs = flags.ofApiServer (wordsOf declared.extraFlags.definitions);
  issuers = flags.values "service-account-issuer" given;
  written = flags.values "write-kubeconfig" (flags.parse words);
  domain = last (flags.values "cluster-domain" (flags.parse words)) "cluster.local";
  # The default configuration file and config.yaml.d are read without a flag. NixOS' default path need not exist.
  setsConfigPath =
    (service.configPath or null) != null
    && declared.configPath.highestPrio < (lib.mkOptionDefault { }).priority;
  configFiles = lib.unique (
    lib.optional setsConfigPath (toString service.configPath)
    ++ map (file: "/etc/${file}") (
      lib.filter (lib.hasPrefix "rancher/${name}/config.yaml") (builtins.attrNames config.environment.etc)
    )
  );
  hasAnonymousFlag = flags.has "anonymous-auth" theirs;
  knowsAnonymous = versions.knows "anonymous" (versions.minor version) (flags.gates theirs);
in
{
  # Our flags are added by `apply`, in the user's form: a definition would have to be a string or a list, which don't merge.
  options.services.${name}.extraFlags = lib.mkOption {
    apply =
      value:
      if !isActive then
        value
      else if builtins.isList value then
        value ++ ours
      else
        lib.concatStringsSep " " ([ value ] ++ ours);
  };

  config = lib.optionalAttrs (declared ? enable) (
    lib.mkMerge [
      (lib.mkIf (cfg.enable && service.enable && service.role == "server") {
        services.kube-oidc.detectedDistributions = [ name ];
      })

      (lib.mkIf isActive {
        services.kube-oidc.apiServer = {
          inherit version unit logFiles;
          flags = given;
          flagsOption = "services.${name}.extraFlags";
          flagForm = flag: "--kube-apiserver-arg=${flag}";
          serviceAccountIssuers =
            if issuers == [ ] then [ "https://kubernetes.default.svc.${domain}" ] else issuers;
          authenticationConfig = path;
          # Without a file, the distribution denies anonymous requests with a flag.
          anonymous =
            if leavesAnonymousOpen version && knowsAnonymous && !hasAnonymousFlag then
              { enabled = false; }
            else
              null;
          setsAnonymousFlag = !(leavesAnonymousOpen version);
          checkPackage = import ./check-package.nix { inherit lib; } pkgs cfg.kubernetesVersion;
          kubeconfig = last written "/etc/rancher/${name}/${name}.yaml";
          manifestProblems =
            lib.optional (cfg.kubeconfig == null)
              "services.kube-oidc.kubeconfig is null: remove that definition, or set an admin kubeconfig";
          problems =
            lib.optional (!service.enable || service.role != "server")
              "services.${name} runs no server on this machine, so there is no API server to configure: enable services.kube-oidc only on servers, or set services.kube-oidc.distribution"
            ++ lib.optional (lib.any flags.breaksLine (lib.flatten service.extraFlags)) (
              flags.breakProblem "services.${name}.extraFlags"
            )
            ++
              lib.optional (leavesAnonymousOpen version && !knowsAnonymous && !hasAnonymousFlag)
                "${name} ${version} accepts anonymous requests if it has a file, and Kubernetes ${versions.minor version} can't deny them in the file: add \"--kube-apiserver-arg=anonymous-auth=false\" to services.${name}.extraFlags";
        };

        warnings = lib.optional (configFiles != [ ]) ''
          services.kube-oidc: ${lib.concatStringsSep ", " configKeys} in ${lib.concatStringsSep " and " configFiles} have no effect, because the flags of services.kube-oidc on ${name}'s command line replace them. Move them to services.${name}.extraFlags.
        '';
      })

      # Earlier versions of this module used a manifest, whose link NixOS leaves behind: ${name} would apply it at every
      # start, or fail once its target is garbage-collected.
      (lib.mkIf (isActive && !(service.manifests or { } ? kube-oidc)) {
        systemd.tmpfiles.rules = map (extension: "r ${manifests}/kube-oidc.${extension}") [
          "yaml"
          "json"
        ];
      })
    ]
  );
}
