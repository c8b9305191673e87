# Pure: `trust` of an issuer → claimValidationRules, each with its message and the option that made it.
{ lib }:
let
  providers = import ./providers.nix { inherit lib; };

  isName = claim: builtins.match "[A-Za-z_][A-Za-z0-9_]*" claim != null;

  # A CEL string; in single quotes where it can be, which reads well in YAML.
  literal =
    text: if builtins.match "[^'\\\\\n\r]*" text != null then "'${text}'" else builtins.toJSON text;

  # The claim, or "" where the token has none: an absent claim is a refusal with its message, never an error.
  value =
    claim: (if isName claim then "claims.?${claim}" else "claims[?${literal claim}]") + ".orValue('')";

  # `*` stands for any run of these characters, everything else for itself (RE2 syntax).
  regexOf =
    any: pattern: lib.concatStringsSep any (map lib.escapeRegex (lib.splitString "*" pattern));
  regex = regexOf ".*";

  # A workflow's ref stands behind an `@`, which may be in the name of a branch as well: `deploy.yaml@refs/heads/x@refs/heads/main`.
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

  # Options that list what the claim may be, in the order of the rules.
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

  # Whether a trust pattern takes the value: the same rule as `oneOf`, asked during evaluation.
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
      # The claim is a string in every token seen, and `string` takes a boolean as well.
      rule "${option}.protectedRefsOnly" "string(${value provider.trust.protectedRefsOnly}) == 'true'"
        "the ref must be protected (${option}.protectedRefsOnly)"
    )
    ++ map (fixed: {
      option = "${lib.removeSuffix ".trust" option}.provider";
      rule = fixed;
    }) (provider.rules or [ ]);
}
