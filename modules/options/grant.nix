# One grant: who may do what, and where; becomes a Role and its RoleBinding, or the cluster-wide pair.
{ lib }:
let
  inherit (lib) mkOption types;
  oneOrMore = import ./one-or-more.nix { inherit lib; };
  record = import ./record.nix { inherit lib; };
  presets = import ../presets.nix;
  optionalString = types.nullOr types.nonEmptyStr;

  # Kubernetes' rules for the name of an RBAC object (k8s.io/apimachinery/pkg/api/validation/path), without the
  # characters that kubectl would print escaped.
  objectName =
    let
      any = "[^/%\"\\\\[:cntrl:]]";
    in
    types.strMatching "[.]{0,2}[^./%\"\\\\[:cntrl:]]${any}*|[.]{3}${any}*"
    // {
      description = "name of a Kubernetes object: not empty, . or .., and without / % \" \\ and control characters";
    };

  # RFC 1123, a label.
  namespaceName = types.strMatching "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?" // {
    description = "name of a namespace (lower-case letters, digits and inner hyphens, at most 63 characters)";
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

  workload = record {
    options = {
      repository = part "Repository, `owner/name` (Buildkite: `organization/pipeline`)." "adam/site";
      repositoryId = part "Numeric ID of the repository, for user names that contain it (CircleCI: ID of the project; HCP Terraform: of the workspace; Codefresh: of the pipeline)." "74";
      ownerId = part "Numeric ID of the owner, for user names that contain it." "65";
      ref = part "Full Git ref (Buildkite: name of a branch)." "refs/heads/main";
      tag = part "Name of a tag: short for {option}`ref` `refs/tags/<tag>`." "v1.0.0";
      environment = part "Environment of the job, if the subject contains it instead of the ref." "production";
      event = part "Event, if the subject contains it instead of the ref (HCP Terraform: `plan` or `apply`)." "pull_request";
    };
  };

  rule = record {
    options = {
      apiGroups = strings "API groups; `\"\"` is the core group." [ "apps" ];
      resources = strings "Resources and subresources." [ "deployments" ];
      resourceNames = strings "Names of the objects; all objects by default." [ "site" ];
      nonResourceURLs = strings "URL paths; requires {option}`clusterWide`." [ "/metrics" ];
      verbs = strings "Allowed verbs." [
        "get"
        "patch"
      ];
    };
  };
in
record {
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
        Name of the Role and its binding; {command}`kube-oidc:` followed by the grant's name by default. An existing
        Role or binding of this name is overwritten. A binding that refers to another role can't be changed, and must
        be deleted first.
      '';
    };

    user = mkOption {
      type = oneOrMore types.nonEmptyStr;
      default = [ ];
      example = "forgejo:repo:adam/site:ref:refs/heads/main";
      description = "Kubernetes user names, including the issuer's prefix.";
    };

    group = mkOption {
      type = oneOrMore types.nonEmptyStr;
      default = [ ];
      example = "keycloak:deployers";
      description = "Kubernetes groups, including the issuer's prefix.";
    };

    workload = mkOption {
      type = oneOrMore workload;
      default = [ ];
      example = {
        repository = "adam/site";
        ref = "refs/heads/main";
      };
      description = ''
        Jobs of the forge, instead of {option}`user`: the user name is built from the provider's subject template and
        the issuer's mapping. With numeric IDs, and a provider whose subjects have a form with them, both forms get
        the grant. Attributes that are not part of the user name (such as the branch of a job with an environment)
        must be pinned by the issuer's {option}`trust`. Attribute sets from several modules are merged into one
        workload; use a list for several.
      '';
    };

    namespace = mkOption {
      type = oneOrMore namespaceName;
      default = [ ];
      example = "site";
      description = "Namespaces of the grant. Excludes {option}`clusterWide`.";
    };

    createNamespace = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Whether to create {option}`namespace`. Namespaces are never deleted.";
    };

    clusterWide = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Whether to grant cluster-wide.";
    };

    rules = mkOption {
      type = types.listOf rule;
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
      description = "RBAC rules of a separate Role for this grant. Exactly one of this, {option}`preset`, {option}`role` and {option}`clusterRole` is required.";
    };

    preset = mkOption {
      type = types.nullOr (types.enum (builtins.attrNames presets));
      default = null;
      example = "deploy";
      description =
        "Rules for common tasks:\n\n"
        + lib.concatStringsSep "\n" (
          lib.mapAttrsToList (name: preset: "- `${name}`: ${preset.description}") presets
        );
    };

    role = mkOption {
      type = types.nullOr objectName;
      default = null;
      example = "deployer";
      description = "Name of an existing Role in {option}`namespace`.";
    };

    clusterRole = mkOption {
      type = types.nullOr objectName;
      default = null;
      example = "view";
      description = "Name of an existing ClusterRole, bound in {option}`namespace` or cluster-wide.";
    };
  };
}
