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
    enable = lib.mkEnableOption "keyless access to this machine's kube-apiserver: trusted OpenID Connect issuers, and grants for their users";

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
      default = lib.head (cfg.detectedDistributions ++ [ "file" ]);
      defaultText = lib.literalMD ''
        whichever of `services.kubernetes` (with an API server), `services.k3s` and `services.rke2` is enabled, else
        `"file"`
      '';
      example = "k3s";
      description = ''
        The distribution whose API server gets the file. `file` only writes and checks
        {file}`/etc/kube-oidc/auth.yaml`: set the API server's flag yourself.
      '';
    };

    kubernetesVersion = mkOption {
      type = types.strMatching "1\\.[0-9]+" // {
        description = "Kubernetes minor version, such as \"1.36\"";
      };
      default = versions.minor cfg.apiServer.version;
      defaultText = lib.literalMD "minor version of the distribution's package";
      example = "1.36";
      description = "Minor version of the API server. It determines the file's apiVersion, fields and CEL libraries.";
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
        Issuers whose tokens are accepted, each an entry of `jwt` in the file, ordered by name. An issuer by itself
        grants nothing, but all of its users belong to the group `system:authenticated`.
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
      description = "Permissions of the issuers' users. Each grant becomes a Role and a RoleBinding, or their cluster-wide equivalents.";
    };

    anonymous = mkOption {
      type = types.nullOr (
        types.submodule {
          options = {
            enabled = mkOption {
              type = types.bool;
              default = false;
              example = true;
              description = "`anonymous.enabled`: whether requests without credentials are accepted as `system:anonymous`.";
            };
            conditions = mkOption {
              type = types.listOf (
                # A submodule would load the string "/livez" as the path of a module.
                types.coercedTo types.str (path: { inherit path; }) (
                  types.submodule {
                    options.path = mkOption {
                      type = types.str;
                      example = "/livez";
                      description = "URL path open to anonymous requests.";
                    };
                  }
                )
              );
              default = [ ];
              example = [ { path = "/livez"; } ];
              description = "`anonymous.conditions`: the paths open to anonymous requests; all paths by default. Strings such as `\"/livez\"` work, too.";
            };
          };
        }
      );
      default = cfg.apiServer.anonymous;
      defaultText = lib.literalMD "`{ enabled = false; }` on k3s and rke2, which only deny anonymous requests as long as they have no file; else `null`";
      example = {
        enabled = true;
        conditions = [
          { path = "/livez"; }
          { path = "/readyz"; }
        ];
      };
      description = ''
        `anonymous` in the file; Kubernetes 1.32. `null` leaves it to the flag `--anonymous-auth`. A change restarts the
        API server, which can't reload this part of the file.
      '';
    };

    settings = mkOption {
      type = json.object;
      default = { };
      example = {
        someLaterField = true;
      };
      description = ''
        Further fields of AuthenticationConfiguration, free-form, for fields that later versions of Kubernetes add.
        Merged last and deeply: a field set here overrides the option that would set it, and a list (`jwt`) replaces
        the whole list.
      '';
    };

    checkConfig = mkOption {
      type = types.either types.bool (types.enum [ "static" ]);
      default = true;
      example = "static";
      description = ''
        How the file is checked when it is built: `true` runs {command}`kube-oidc check` and then the real
        kube-apiserver of {option}`checkPackage`, `"static"` only {command}`kube-oidc check`, `false` nothing: an
        invalid file then keeps the API server from starting. If the build machine can't execute the host's programs,
        `true` means `"static"`, with a warning.
      '';
    };

    acknowledgedFindings = mkOption {
      type = types.attrsOf types.nonEmptyStr;
      default = { };
      example = {
        "subject-form" = "our repositories are never renamed, and the bindings are generated";
      };
      description = ''
        Findings of {command}`kube-oidc check` to suppress, as ID and justification; stale entries are reported.
        `kube-oidc check --explain ID` and docs/findings.md explain each finding.
      '';
    };

    failOnFindings = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = ''
        Whether the build fails on findings that are not acknowledged (and on stale acknowledgements), as with
        {command}`kube-oidc check --strict`. By default, each activation of the configuration
        ({command}`nixos-rebuild switch`, `test` and `dry-activate`) prints them as warnings.
      '';
    };

    tests = mkOption {
      type = types.attrsOf json.object;
      default = { };
      example = {
        "main deploys" = {
          run.repository = "adam/site";
          can = [ "patch deployments.apps -n site" ];
          cannot = [ "get secrets -n site" ];
        };
        "pull requests are refused" = {
          run = {
            repository = "adam/site";
            event = "pull_request";
          };
          refused = "event_name";
        };
      };
      description = ''
        Examples of tokens and what becomes of them, tested when the file is built; docs/how-to/expectations.md describes
        the fields. Roles and bindings are those of {option}`grants`.
      '';
    };

    invariants = mkOption {
      type = types.attrsOf json.object;
      default = { };
      example = {
        "only main of site deploys" = {
          only = {
            can = "patch deployments.apps -n site";
            tokens = ''claims.repository == "adam/site" && claims.ref == "refs/heads/main"'';
          };
        };
        "no token is in system:masters" = {
          never.group = "system:masters";
        };
      };
      description = ''
        Statements about all tokens that the issuers can make, proved or refuted when the file is built: `only`, `never` and
        `always`; docs/how-to/expectations.md describes them.
      '';
    };

    checkPackage = mkOption {
      type = types.nullOr types.package;
      default = cfg.apiServer.checkPackage;
      defaultText = lib.literalMD "`services.kubernetes.package`; on other distributions `pkgs.kubernetes` if its minor version is {option}`kubernetesVersion`, else `null`";
      example = lib.literalExpression "pkgs.kubernetes";
      description = "Package whose {file}`bin/kube-apiserver` validates the file; `null` means a static check.";
    };

    kubeconfig = mkOption {
      type = types.nullOr (types.strMatching "/.+" // { description = "absolute path, as a string"; });
      default = cfg.apiServer.kubeconfig;
      defaultText = lib.literalMD "the distribution's admin kubeconfig, else `null`";
      example = "/etc/kubernetes/cluster-admin.kubeconfig";
      description = ''
        Path of an administrator's kubeconfig on this machine. {file}`kube-oidc-apply.service` uses it to wait until the
        API server has loaded the file, to apply the grants, and to revoke those that were removed here.
      '';
    };

    configFile = mkOption {
      type = types.path;
      readOnly = true;
      description = "The checked file in the Nix store.";
    };

    authenticationConfiguration = mkOption {
      type = json.generated;
      readOnly = true;
      default = authentication.configuration;
      defaultText = lib.literalMD "generated from the other options";
      description = "The content of the file as a value.";
    };

    manifests = mkOption {
      type = types.attrsOf json.generated;
      readOnly = true;
      default = rbac.objects cfg;
      defaultText = lib.literalMD "generated from {option}`grants`";
      description = "The RBAC objects of all grants, by unique name.";
    };

    detectedDistributions = mkOption {
      internal = true;
      type = types.listOf types.str;
      default = [ ];
      description = "Distributions with an API server that are enabled on this machine.";
    };

    apiServer = mkOption {
      internal = true;
      type = types.submodule (import ./options/api-server.nix { inherit lib; });
      default = { };
      description = "What the distribution reports about its API server.";
    };
  };
}
