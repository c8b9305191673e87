# Pure: `trust` of an issuer → claimValidationRules, each with its message and option.
{ lib }:
let
  providers = import ./providers.nix { inherit lib; };

  isName = claim: builtins.match "[A-Za-z_][A-Za-z0-9_]*" claim != null;

  # A CEL string; in single quotes if possible, which is readable in YAML.
  literal =
    text: if builtins.match "[^'\\\\\n\r]*" text != null then "'${text}'" else builtins.toJSON text;

  # The claim, or "" if the token lacks it: an absent claim is then rejected with the rule's message, not with an error.
  value =
    claim: (if isName claim then "claims.?${claim}" else "claims[?${literal claim}]") + ".orValue('')";

  # `*` matches any of these characters, everything else is literal (RE2 syntax).
  regexOf =
    any: pattern: lib.concatStringsSep any (map lib.escapeRegex (lib.splitString "*" pattern));
  regex = regexOf ".*";

  # A workflow's ref follows an `@`, which a branch name can contain as well: `deploy.yaml@refs/heads/x@refs/heads/main`.
  anyOf = item: if item == "workflows" then "[^@]*" else ".*";

  isPattern = lib.hasInfix "*";

  # The claim is one of the values, or matches one of the patterns.
  oneOf =
    any: claim: allowed:
    let
      exact = lib.filter (item: !(isPattern item)) allowed;
      patterns = lib.filter isPattern allowed;
    in
    lib.concatStringsSep " || " (
      lib.optional (exact != [ ]) "${value claim} in ${list exact}"
      ++ lib.optional (
        patterns != [ ]
      ) "${value claim}.matches(${literal "^(${lib.concatMapStringsSep "|" (regexOf any) patterns})$"})"
    );

  list = items: "[${lib.concatMapStringsSep ", " literal items}]";

  amongst =
    allowed: lib.optionalString (lib.length allowed > 1) "one of " + lib.concatStringsSep ", " allowed;

  # Options that list the allowed values of a claim, in the order of the rules.
  lists = [
    "owners"
    "ownerIds"
    "repositories"
    "repositoryIds"
    "refs"
    "events"
    "environments"
    "workflows"
  ];

  rule = option: expression: message: {
    inherit option;
    rule = { inherit expression message; };
  };
in
{
  inherit lists;

  # Whether a trust pattern matches the value: `oneOf` during evaluation.
  matches =
    pattern: text:
    if isPattern pattern then builtins.match (regex pattern) text != null else pattern == text;

  rules =
    name: issuer:
    let
      provider = providers.all.${issuer.provider};
      option = lib.showOption [
        "services"
        "kube-oidc"
        "issuers"
        name
        "trust"
      ];
      set = lib.filter (item: issuer.trust.${item} != null && provider.trust ? ${item}) lists;
    in
    map (
      item:
      let
        claim = provider.trust.${item};
        allowed = issuer.trust.${item};
      in
      rule "${option}.${item}" (oneOf (anyOf item) claim allowed)
        "${claim} must be ${amongst allowed} (${option}.${item})"
    ) set
    ++ lib.optional (issuer.trust.protectedRefsOnly && provider.trust ? protectedRefsOnly) (
      # A string in all observed tokens; `string` accepts a boolean as well.
      rule "${option}.protectedRefsOnly" "string(${value provider.trust.protectedRefsOnly}) == 'true'"
        "the ref must be protected (${option}.protectedRefsOnly)"
    )
    ++ map (fixed: {
      option = "${lib.removeSuffix ".trust" option}.provider";
      rule = fixed;
    }) (provider.rules or [ ]);
}
