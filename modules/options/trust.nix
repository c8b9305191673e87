# Which of an issuer's tokens are trusted, without CEL; becomes claimValidationRules.
{ lib }:
let
  inherit (lib) mkOption types;

  list =
    description: example:
    mkOption {
      type = types.nullOr (types.listOf types.str);
      default = null;
      inherit example description;
    };
in
{
  owners =
    list
      "Trusted owners of repositories: users, organizations or groups (Google: Workspace domains; Sigstore: e-mail addresses)."
      [ "adam" ];
  ownerIds = list "Trusted owners by numeric ID, which a rename does not change." [ "65" ];
  repositories = list "Trusted repositories, `owner/name`; `*` matches any characters." [
    "adam/site"
    "adam/blog-*"
  ];
  repositoryIds = list "Trusted repositories by numeric ID, which a rename does not change." [ "74" ];
  refs =
    list
      "Trusted Git refs, in full; `*` matches any characters. Buildkite and Codefresh: names of branches."
      [
        "refs/heads/main"
        "refs/tags/v*"
      ];
  environments = list "Trusted environments of the forge." [ "production" ];
  workflows =
    list "Trusted workflow files, as the claim names them; `*` matches any characters except `@`."
      [ "adam/site/.forgejo/workflows/deploy.yaml@refs/heads/main" ];

  events = mkOption {
    type = types.nullOr (types.listOf types.str);
    default = null;
    defaultText = lib.literalMD ''
      events that never run a stranger's code, if the {option}`provider` has the claim; else `null`
    '';
    example = [
      "push"
      "workflow_dispatch"
    ];
    description = ''
      Events that may start a trusted job. `pull_request_target` and similar events are excluded by default: anyone
      can trigger them, and their tokens have the subject of the main branch.
    '';
  };

  protectedRefsOnly = mkOption {
    type = types.bool;
    default = false;
    example = true;
    description = "Whether the ref must be protected in the forge.";
  };

  anyOwner = mkOption {
    type = types.bool;
    default = false;
    example = true;
    description = ''
      Acknowledges that an issuer shared by everyone, such as GitHub, gitlab.com or Google, is trusted without a
      pinned owner or organization: every one of its users becomes an authenticated user of this cluster.
    '';
  };
}
