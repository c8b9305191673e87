# The derivation of the file: it only builds if the file is valid for the API server that will read it.
#
# Precedents: services.prometheus.checkConfig (true, "syntax-only", false) and sops-nix (a generated file, checked by the
# program's package for the build platform).
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

  # Only files that the build can read.
  egressFiles = lib.filter (lib.hasPrefix builtins.storeDir) (valuesOf "egress-selector-config-file");

  # The flags are named as in kube-apiserver.
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
    "--option-map=${files.optionMap}"
  ]
  ++ lib.optional (cfg.manifests != { }) "--rbac=${files.grants}"
  ++ lib.optional (cfg.acknowledgedFindings != { }) "--acknowledged=${files.acknowledged}"
  ++ lib.optional cfg.failOnFindings "--strict"
  ++ lib.optional asksApiServer "--apiserver=${cfg.checkPackage}/bin/kube-apiserver";

  how =
    if asksApiServer then
      "kube-oidc check and kube-apiserver ${cfg.kubernetesVersion}"
    else if cfg.checkConfig == "static" then
      "kube-oidc check (checkConfig = \"static\")"
    else if !canExecute then
      "only kube-oidc check, because the build machine and the host have different platforms"
    else
      "only kube-oidc check: services.kube-oidc.checkPackage is null (pkgs.kubernetes is not ${cfg.kubernetesVersion})";

  # services.kube-oidc.tests and invariants; each is shown as its option.
  expectations =
    lib.mapAttrs
      (
        option: lib.mapAttrsToList (name: item: { name = "services.kube-oidc.${option}.\"${name}\""; } // item)
      )
      {
        inherit (cfg) tests invariants;
      };

  # In the store, so that a user can check them again after a failed build.
  texts = {
    config = authentication.text;
    optionMap = builtins.toJSON (authentication.options // rbac.options cfg);
    grants = rbac.list cfg.manifests;
    acknowledged = builtins.toJSON cfg.acknowledgedFindings;
    expectations = builtins.toJSON expectations;
  };
  files = {
    config = pkgs.writeText "auth.yaml" texts.config;
    optionMap = pkgs.writeText "options.json" texts.optionMap;
    grants = pkgs.writeText "rbac.json" texts.grants;
    acknowledged = pkgs.writeText "acknowledged.json" texts.acknowledged;
    expectations = pkgs.writeText "expectations.json" texts.expectations;
  };
  testArguments = [
    "${files.expectations}"
    "--config=${files.config}"
    "--rbac=${files.grants}"
    "--kubernetes-version=${cfg.kubernetesVersion}"
  ];
  command = "kube-oidc check ${files.config} ${lib.escapeShellArgs arguments}";

  agreeing = "services.kube-oidc.failOnFindings: fix the findings above, or acknowledge them with services.kube-oidc.acknowledgedFindings.\"ID\" = \"reason\";";

  # Nix shows the last 25 lines of a failed build, before 2.20 the last 10: what has to be read comes last. With the
  # lines of `--format=nixos`, at most 20 in total.
  script = ''
    echo ${lib.escapeShellArg "kube-oidc: checking /etc/kube-oidc/auth.yaml for Kubernetes ${cfg.kubernetesVersion}: ${how}"}
    ${command} --format=nixos --nixos-report=report.txt || {
      status=$?
      ${lib.optionalString cfg.failOnFindings "echo ${lib.escapeShellArg agreeing}"}
      echo ${lib.escapeShellArg "For every finding in full: ${checker}/bin/${command}"}
      exit "$status"
    }
    ${lib.optionalString (
      cfg.tests != { } || cfg.invariants != { }
    ) "kube-oidc test --only-failures ${lib.escapeShellArgs testArguments}"}
    install -m 444 report.txt "$report"
    install -m 444 ${files.config} "$out"
  '';

  attributes = {
    nativeBuildInputs = [ checker ];
    # Warnings, printed at activation: Nix hides the log of a successful build.
    outputs = [
      "out"
      "report"
    ];
    preferLocalBuild = true;
    passthru = texts;
  };
in
{
  config = lib.mkIf cfg.enable {
    services.kube-oidc.configFile =
      if cfg.checkConfig == false then
        pkgs.writeText "auth.yaml" authentication.text
      else
        pkgs.runCommand "auth.yaml" attributes script;

    # A stable path: the running API server reloads a changed file, but a changed flag restarts it. A copy, renamed into
    # place: the API server notices that at once, but not a changed symlink (docs/decisions/copied-file.md).
    environment.etc."kube-oidc/auth.yaml" = {
      source = cfg.configFile;
      mode = "0444";
    };

    environment.systemPackages = [ cfg.package ];

    system.activationScripts = lib.mkIf (cfg.checkConfig != false) {
      kube-oidc-findings = {
        supportsDryActivation = true;
        # Not at boot, before /run/current-system exists.
        text = ''
          if [ -e /run/current-system ]; then
            cat ${cfg.configFile.report} >&2
          fi
        '';
      };
    };

    warnings = lib.optional (cfg.checkConfig == true && !canExecute) ''
      services.kube-oidc.checkConfig: this machine can't execute the host's kube-apiserver, so only kube-oidc checks the file. Set checkConfig = "static" to accept that, or build on the host's platform.
    '';
  };
}
