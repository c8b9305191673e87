# What a token must say of itself, in words; becomes claimValidationRules. `config` is the issuer's.
{ lib, config }:
let
  inherit (lib) mkOption types;
  providers = import ../providers.nix { inherit lib; };
  provider = providers.all.${config.provider};

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
      "Names of users, organizations or groups whose repositories are trusted (Google: Workspace domains; Sigstore: e-mail addresses)."
      [ "adam" ];
  ownerIds = list "The same by number, which outlives a rename." [ "65" ];
  repositories =
    list "Repositories that are trusted, `owner/name`; `*` stands for any run of characters."
      [
        "adam/site"
        "adam/blog-*"
      ];
  repositoryIds = list "The same by number, which outlives a rename." [ "74" ];
  refs =
    list
      "Full Git refs that are trusted; `*` stands for any run of characters. Buildkite, Codefresh: names of branches."
      [
        "refs/heads/main"
        "refs/tags/v*"
      ];
  environments = list "Environments of the forge that are trusted." [ "production" ];
  workflows =
    list
      "Workflow files that are trusted, as the claim writes them; `*` stands for any run of characters but `@`."
      [ "adam/site/.forgejo/workflows/deploy.yaml@refs/heads/main" ];

  events = mkOption {
    type = types.nullOr (types.listOf types.str);
    default = provider.events.default or null;
    defaultText = lib.literalMD ''
      where {option}`provider` has the claim, the events that cannot run a stranger's code; else `null`
    '';
    example = [
      "push"
      "workflow_dispatch"
    ];
    description = ''
      Events that may start a trusted job. `pull_request_target` and its kin are left out by default: a stranger
      can start them, and their tokens carry the subject of the main branch.
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
      Acknowledges that an issuer which the whole world shares, such as GitHub, gitlab.com or Google, is trusted
      without a pin of owner or organization: then anyone there becomes an authenticated user of this cluster.
    '';
  };
}
