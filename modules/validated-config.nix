# The derivation that makes the file yields it only when it is valid for the API server that will read it.
#
# A precedent of every part: services.prometheus.checkConfig (true, "syntax-only", false), sops-nix (a generated file
# checked by the program's own package for the building machine).
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.kube-oidc;
  authentication = import ./authentication.nix { inherit lib; } cfg;
  flags = import ./flags.nix { inherit lib; };
  rbac = import ./rbac.nix { inherit lib; };

  canExecute = pkgs.stdenv.buildPlatform.canExecute pkgs.stdenv.hostPlatform;
  checker =
    if canExecute then
      cfg.package
    else
      pkgs.buildPackages.callPackage ../pkgs/kube-oidc/package.nix { };
  asksApiServer = cfg.checkConfig == true && canExecute && cfg.checkPackage != null;

  valuesOf = name: lib.filter (value: value != null) (flags.values name cfg.apiServer.flags);

  gates =
    lib.mapAttrsToList (name: value: "${name}=${lib.boolToString value}") cfg.apiServer.featureGates
    ++ valuesOf "feature-gates";

  # Only a file that the build can read; any other is the running API server's alone.
  egressFiles = lib.filter (lib.hasPrefix builtins.storeDir) (valuesOf "egress-selector-config-file");

  # Each flag bears the name that it has in kube-apiserver.
  arguments = [
    "--kubernetes-version=${cfg.kubernetesVersion}"
  ]
  ++ map (issuer: "--service-account-issuer=${issuer}") cfg.apiServer.serviceAccountIssuers
  ++ lib.optional (gates != [ ]) "--feature-gates=${lib.concatStringsSep "," gates}"
  ++ map (value: "--anonymous-auth=${value}") (
    lib.take 1 (lib.reverseList (valuesOf "anonymous-auth"))
  )
  ++ map (file: "--egress-selector-config-file=${file}") (lib.take 1 (lib.reverseList egressFiles))
  ++ [
    "--option-map=options.json"
    "--nixos-report=report.txt"
  ]
  ++ lib.optional (cfg.manifests != { }) "--rbac=rbac.json"
  ++ lib.optional (cfg.acknowledgedFindings != { }) "--acknowledged=acknowledged.json"
  ++ lib.optional cfg.failOnFindings "--strict"
  ++ lib.optional asksApiServer "--apiserver=${cfg.checkPackage}/bin/kube-apiserver";

  how =
    if asksApiServer then
      "kube-oidc check, and kube-apiserver ${cfg.kubernetesVersion} itself"
    else if cfg.checkConfig == "static" then
      "kube-oidc check (checkConfig = \"static\")"
    else if !canExecute then
      "kube-oidc check alone: this machine cannot execute the kube-apiserver of the host"
    else
      "kube-oidc check alone: services.kube-oidc.checkPackage is null, because no kube-apiserver ${cfg.kubernetesVersion} is at hand";

  # What to do about a finding that fails the build, where that was asked for.
  agreeing = lib.optionalString cfg.failOnFindings ''
     || {
      echo ${lib.escapeShellArg "services.kube-oidc.failOnFindings: mend what is named above, or agree with services.kube-oidc.acknowledgedFindings.\"ID\" = \"why\";"}
      exit 1
    }'';

  # Plain shell; what it needs comes in by $configPath, $optionMapPath, $acknowledgedPath, $grantsPath, $report and $out.
  script = ''
    echo ${lib.escapeShellArg "kube-oidc: checking /etc/kube-oidc/auth.yaml for Kubernetes ${cfg.kubernetesVersion}: ${how}"}
    cp "$configPath" auth.yaml
    cp "$optionMapPath" options.json
    cp "$acknowledgedPath" acknowledged.json
    cp "$grantsPath" rbac.json
    kube-oidc check auth.yaml ${lib.escapeShellArgs arguments}${agreeing}
    install -m 444 report.txt "$report"
    install -m 444 auth.yaml "$out"
  '';

  attributes = {
    nativeBuildInputs = [ checker ];
    config = authentication.text;
    optionMap = builtins.toJSON (authentication.options // rbac.options cfg);
    grants = builtins.toJSON {
      apiVersion = "v1";
      kind = "List";
      items = builtins.attrValues cfg.manifests;
    };
    acknowledged = builtins.toJSON cfg.acknowledgedFindings;
    passAsFile = [
      "acknowledged"
      "config"
      "grants"
      "optionMap"
    ];
    # What is warned of, to be told when the configuration is activated: nobody sees the log of a build that went well.
    outputs = [
      "out"
      "report"
    ];
    preferLocalBuild = true;
  };
in
{
  config = lib.mkIf cfg.enable {
    services.kube-oidc.configFile =
      if cfg.checkConfig == false then
        pkgs.writeText "auth.yaml" authentication.text
      else
        pkgs.runCommand "auth.yaml" attributes script;

    # A stable path: a change of the file is read by the running API server, a change of a flag would restart it.
    # A copy, renamed over the one before: the API server is told of that at once, and of a switched link not at all
    # (docs/decisions/copied-file.md).
    environment.etc."kube-oidc/auth.yaml" = {
      source = cfg.configFile;
      mode = "0444";
    };

    environment.systemPackages = [ cfg.package ];

    system.activationScripts = lib.mkIf (cfg.checkConfig != false) {
      kube-oidc-findings = {
        supportsDryActivation = true;
        # Not at boot, where nobody reads and /run/current-system is not made yet.
        text = ''
          if [ -e /run/current-system ]; then
            cat ${cfg.configFile.report} >&2
          fi
        '';
      };
    };

    warnings = lib.optional (cfg.checkConfig == true && !canExecute) ''
      services.kube-oidc.checkConfig: this machine can't execute the host's kube-apiserver, so the file is checked by kube-oidc alone. Set checkConfig = "static" to agree, or build on the host's platform.
    '';
  };
}
