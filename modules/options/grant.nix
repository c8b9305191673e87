# One grant: who may do what, where; becomes a Role with its RoleBinding or the cluster-wide pair.
{ lib }:
let
  inherit (lib) mkOption types;
  oneOrMore = import ./one-or-more.nix { inherit lib; };
  presets = import ../presets.nix;
  optionalString = types.nullOr types.nonEmptyStr;

  # What Kubernetes takes as the name of an RBAC object (k8s.io/apimachinery/pkg/api/validation/path), without the
  # characters that kubectl would print escaped.
  objectName =
    let
      any = "[^/%\"\\\\[:cntrl:]]";
    in
    types.strMatching "[.]{0,2}[^./%\"\\\\[:cntrl:]]${any}*|[.]{3}${any}*"
    // {
      description = "name of a Kubernetes object, without / % \" \\ and not . or ..";
    };

  strings =
    description: example:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit example description;
    };

  part =
    description: example:
    mkOption {
      type = optionalString;
      default = null;
      inherit example description;
    };
in
types.submodule {
  options = {
    issuer = mkOption {
      type = types.nonEmptyStr;
      example = "forgejo";
      description = "Name of the issuer in {option}`services.kube-oidc.issuers` whose tokens get the grant.";
    };

    name = mkOption {
      type = types.nullOr objectName;
      default = null;
      example = "blog-update";
      description = ''
        Name of the Role and its binding, where it has to be a certain one; {command}`kube-oidc:` and the grant's own
        name otherwise. A Role or binding that has this name already is overwritten; a binding that refers to another
        role can't be, and has to be deleted first.
      '';
    };

    user = mkOption {
      type = oneOrMore types.nonEmptyStr;
      default = [ ];
      example = "forgejo:repo:adam/site:ref:refs/heads/main";
      description = "Name of a user, or several, as Kubernetes sees them: with the issuer's prefix.";
    };

    group = mkOption {
      type = oneOrMore types.nonEmptyStr;
      default = [ ];
      example = "keycloak:deployers";
      description = "Name of a group, or several, as Kubernetes sees them: with the issuer's prefix.";
    };

    workload = mkOption {
      type = oneOrMore (
        types.submodule {
          options = {
            repository = part "Repository, `owner/name` (Buildkite: `organization/pipeline`)." "adam/site";
            repositoryId = part "Number of the repository, for user names that carry it (CircleCI: id of the project; HCP Terraform: of the workspace; Codefresh: of the pipeline)." "74";
            ownerId = part "Number of the owner, for user names that carry it." "65";
            ref = part "Full Git ref (Buildkite: name of a branch)." "refs/heads/main";
            tag = part "Name of a tag: short for {option}`ref` `refs/tags/<tag>`." "v1.0.0";
            environment = part "Environment of the job, where the subject names it instead of the ref." "production";
            event = part "Event, where the subject names it instead of the ref (HCP Terraform: `plan` or `apply`)." "pull_request";
          };
        }
      );
      default = [ ];
      example = {
        repository = "adam/site";
        ref = "refs/heads/main";
      };
      description = ''
        A job of the forge, or several, instead of {option}`user`: the provider's subject template and the issuer's
        mapping make the user name. Where the numbers are given and the provider has a subject with numbers, both
        forms get the grant. What the name does not have (a branch, where it has the environment) must be pinned by
        the issuer's {option}`trust`.
      '';
    };

    namespace = mkOption {
      # As Kubernetes has them (RFC 1123, a label).
      type = oneOrMore (types.strMatching "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
      default = [ ];
      example = "site";
      description = "Namespace, or several, that the grant is for. Either this or {option}`clusterWide`.";
    };

    createNamespace = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Whether to create {option}`namespace` too. A namespace is never removed again.";
    };

    clusterWide = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Whether the grant is for every namespace and for what has none.";
    };

    rules = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            apiGroups = strings "API groups; `\"\"` is the core group." [ "apps" ];
            resources = strings "Resources and subresources." [ "deployments" ];
            resourceNames = strings "Names of the objects; none means all." [ "site" ];
            nonResourceURLs = strings "Paths; only with {option}`clusterWide`." [ "/metrics" ];
            verbs = strings "What may be done." [
              "get"
              "patch"
            ];
          };
        }
      );
      default = [ ];
      example = [
        {
          apiGroups = [ "apps" ];
          resources = [ "deployments" ];
          verbs = [
            "get"
            "list"
            "watch"
            "patch"
          ];
        }
      ];
      description = "RBAC rules of a Role of the grant's own. One of this, {option}`preset`, {option}`role` and {option}`clusterRole`.";
    };

    preset = mkOption {
      type = types.nullOr (types.enum (builtins.attrNames presets));
      default = null;
      example = "deploy";
      description =
        "Rules for common work:\n\n"
        + lib.concatStringsSep "\n" (
          lib.mapAttrsToList (name: preset: "- `${name}`: ${preset.description}") presets
        );
    };

    role = mkOption {
      type = types.nullOr objectName;
      default = null;
      example = "deployer";
      description = "Name of a Role that exists in {option}`namespace`.";
    };

    clusterRole = mkOption {
      type = types.nullOr objectName;
      default = null;
      example = "view";
      description = "Name of a ClusterRole that exists, bound in {option}`namespace` or in the whole cluster.";
    };
  };
}
