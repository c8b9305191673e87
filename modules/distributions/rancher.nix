# Pure: a NixOS module for k3s or rke2, which share their options and their flags.
{ lib }:
let
  flags = import ../flags.nix { inherit lib; };
  versions = import ../kubernetes-versions.nix { inherit lib; };

  # Before these k3s set --anonymous-auth=false always, which an `anonymous` section in the file conflicts with; from
  # these on it leaves the flag out once it is given a file (k3s-io/k3s issue 12245, rancher/rke2 issue 8137).
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
  # Where the API server finds the file.
  path,
  # What else the command needs, by `anonymous`.
  extraFlags ? _: [ ],
  # Which lists of its own configuration file stop to count.
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

  # As the file will have it, by whichever option.
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
  # Read by default, whoever wrote it; so is what lies in config.yaml.d.
  # NixOS' own default is a path that need not exist.
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
  # Our flags are added where the option is read, in the form that the user chose: a definition of ours would have to
  # be a list or a string before anyone can know which the user's is, and the two can't be merged.
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
          # What the distribution did by a flag before it was given a file, the file does now.
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
              "services.kube-oidc.kubeconfig is null: remove that line, or name the kubeconfig of an administrator";
          problems =
            lib.optional (!service.enable || service.role != "server")
              "services.${name} runs no server on this machine, so there is no API server to configure: enable services.kube-oidc on the servers alone, or set services.kube-oidc.distribution"
            ++ lib.optional (lib.any flags.breaksLine (lib.flatten service.extraFlags)) (
              flags.breakProblem "services.${name}.extraFlags"
            )
            ++
              lib.optional (leavesAnonymousOpen version && !knowsAnonymous && !hasAnonymousFlag)
                "${name} ${version} opens the API server to anonymous requests once it is given a file, and Kubernetes ${versions.minor version} can't close it there: add \"--kube-apiserver-arg=anonymous-auth=false\" to services.${name}.extraFlags";
        };

        warnings = lib.optional (configFiles != [ ]) ''
          services.kube-oidc: ${lib.concatStringsSep ", " configKeys} in ${lib.concatStringsSep " and " configFiles} do not count any more, because ${name} takes these from its command line alone once they are there. Move them to services.${name}.extraFlags.
        '';
      })

      # Earlier versions gave the grants to ${name} as a manifest, whose link NixOS leaves behind: ${name} would apply it at
      # every start, or fail on it once its target is collected.
      (lib.mkIf (isActive && !(service.manifests or { } ? kube-oidc)) {
        systemd.tmpfiles.rules = map (extension: "r ${manifests}/kube-oidc.${extension}") [
          "yaml"
          "json"
        ];
      })
    ]
  );
}
