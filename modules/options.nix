# services.kube-oidc, every option.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.kube-oidc;
  json = import ./options/json.nix { inherit lib; };
  versions = import ./kubernetes-versions.nix { inherit lib; };
  authentication = import ./authentication.nix { inherit lib; } cfg;
  rbac = import ./rbac.nix { inherit lib; };
in
{
  options.services.kube-oidc = {
    enable = lib.mkEnableOption "keyless access to this machine's kube-apiserver: OpenID Connect issuers, what is trusted of them, and what their users may do";

    package =
      lib.mkPackageOption { kube-oidc = pkgs.callPackage ../pkgs/kube-oidc/package.nix { }; } "kube-oidc"
        {
          example = "inputs.kube-oidc.packages.x86_64-linux.kube-oidc";
          extraDescription = "By default, it is built from the same source as this module.";
        };

    distribution = mkOption {
      type = types.enum [
        "kubernetes"
        "k3s"
        "rke2"
        "file"
      ];
      default = if cfg.found == [ ] then "file" else lib.head cfg.found;
      defaultText = lib.literalMD ''
        the one of `services.kubernetes` (with an API server), `services.k3s` and `services.rke2` that is enabled,
        else `"file"`
      '';
      example = "k3s";
      description = ''
        Whose API server gets the file. `file` writes and checks {file}`/etc/kube-oidc/auth.yaml` and leaves the flag
        to you.
      '';
    };

    kubernetesVersion = mkOption {
      type = types.strMatching "1\\.[0-9]+" // {
        description = "Kubernetes minor version, such as \"1.36\"";
      };
      default = versions.minor cfg.apiServer.version;
      defaultText = lib.literalMD "minor version of the distribution's package";
      example = "1.36";
      description = "Minor version of the API server. It decides the file's apiVersion and what may be used in it.";
    };

    issuers = mkOption {
      type = types.attrsOf (import ./options/issuer.nix { inherit lib; });
      default = { };
      example = {
        forgejo = {
          provider = "forgejo";
          host = "git.example.org";
          audiences = [ "kubernetes.example.org" ];
          trust.owners = [ "adam" ];
        };
      };
      description = ''
        Issuers whose tokens are accepted, each an entry of `jwt` in the file, in the order of their names. An issuer
        alone grants nothing; but all its users belong to the group `system:authenticated`.
      '';
    };

    grants = mkOption {
      type = types.attrsOf (import ./options/grant.nix { inherit lib; });
      default = { };
      example = {
        site = {
          issuer = "forgejo";
          workload = {
            repository = "adam/site";
            ownerId = "2";
            repositoryId = "17";
            ref = "refs/heads/main";
          };
          namespace = "site";
          preset = "deploy";
        };
      };
      description = "What the issuers' users may do, each a Role with its RoleBinding or the cluster-wide pair.";
    };

    anonymous = mkOption {
      type = types.nullOr (
        types.submodule {
          options = {
            enabled = mkOption {
              type = types.bool;
              default = false;
              example = true;
              description = "`anonymous.enabled`: whether requests without credentials are `system:anonymous`.";
            };
            conditions = mkOption {
              type = types.listOf (
                # A bare "/livez" would be taken for the path of a module.
                types.coercedTo types.str (path: { inherit path; }) (
                  types.submodule {
                    options.path = mkOption {
                      type = types.str;
                      example = "/livez";
                      description = "The only path, or one of several, that may be asked anonymously.";
                    };
                  }
                )
              );
              default = [ ];
              example = [ { path = "/livez"; } ];
              description = "`anonymous.conditions`: without any, every path. A path may stand alone: `\"/livez\"`.";
            };
          };
        }
      );
      default = cfg.apiServer.anonymous;
      defaultText = lib.literalMD "`{ enabled = false; }` on k3s and rke2, which close anonymous access themselves until they are given a file; else `null`";
      example = {
        enabled = true;
        conditions = [
          { path = "/livez"; }
          { path = "/readyz"; }
        ];
      };
      description = ''
        `anonymous` of the file, Kubernetes 1.32. `null` leaves it to the flag `--anonymous-auth`. A change restarts the
        API server: this part of the file can't be reloaded.
      '';
    };

    settings = mkOption {
      type = json.object;
      default = { };
      example = {
        someLaterField = true;
      };
      description = ''
        Further fields of AuthenticationConfiguration, free-form, for what later versions of Kubernetes bring. Merged
        last and deeply: a field here wins over the option that would write it, and a list (`jwt`) replaces the whole
        list.
      '';
    };

    checkConfig = mkOption {
      type = types.either types.bool (types.enum [ "static" ]);
      default = true;
      example = "static";
      description = ''
        Whether the file is checked while it is built: `true` by {command}`kube-oidc check` and then by the real
        kube-apiserver of {option}`checkPackage`, `"static"` by {command}`kube-oidc check` alone, `false` not at all. A
        wrong file then takes the API server down at its next start. Where the building machine can't execute the
        host's programs, `true` means `"static"`, with a warning.
      '';
    };

    acknowledgedFindings = mkOption {
      type = types.attrsOf types.nonEmptyStr;
      default = { };
      example = {
        "subject-form" = "our repositories keep their names, and the bindings are generated from them";
      };
      description = ''
        Findings of {command}`kube-oidc check` that are right here, by their id, and why. They are no longer told; one
        that is not there any more is told instead. What each means: `kube-oidc check --explain ID`, or
        docs/findings.md.
      '';
    };

    failOnFindings = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = ''
        Whether the build fails on a finding that is not acknowledged (and on an acknowledgement of what is not there),
        as with {command}`kube-oidc check --strict`. Otherwise each activation of the configuration
        ({command}`nixos-rebuild switch`, `test` and `dry-activate`) prints them as warnings.
      '';
    };

    checkPackage = mkOption {
      type = types.nullOr types.package;
      default = cfg.apiServer.checkPackage;
      defaultText = lib.literalMD "`services.kubernetes.package`; elsewhere `pkgs.kubernetes` where its minor version is {option}`kubernetesVersion`, else `null`";
      example = lib.literalExpression "pkgs.kubernetes";
      description = "Package with the {file}`bin/kube-apiserver` that judges the file; `null` means a static check.";
    };

    kubeconfig = mkOption {
      type = types.nullOr (types.strMatching "/.+" // { description = "absolute path, as a string"; });
      default = cfg.apiServer.kubeconfig;
      defaultText = lib.literalMD "the distribution's own for the cluster's administrator, else `null`";
      example = "/etc/kubernetes/cluster-admin.kubeconfig";
      description = ''
        Path of a kubeconfig on this machine that may read the API server's metrics and RBAC objects. With it a change
        is waited for and told, and grants that were removed here are removed from the cluster.
      '';
    };

    configFile = mkOption {
      type = types.path;
      readOnly = true;
      description = "The checked file, in the store.";
    };

    authenticationConfiguration = mkOption {
      type = json.generated;
      readOnly = true;
      default = authentication.configuration;
      defaultText = lib.literalMD "made of the other options";
      description = "The file's content as a value.";
    };

    manifests = mkOption {
      type = types.attrsOf json.generated;
      readOnly = true;
      default = rbac.objects cfg;
      defaultText = lib.literalMD "made of {option}`grants`";
      description = "The RBAC objects of all grants, by a name of their own.";
    };

    found = mkOption {
      internal = true;
      type = types.listOf types.str;
      default = [ ];
      description = "Distributions with an API server that are enabled on this machine.";
    };

    apiServer = mkOption {
      internal = true;
      type = types.submodule (import ./options/api-server.nix { inherit lib; });
      default = { };
      description = "What the distribution says of its API server.";
    };
  };
}
