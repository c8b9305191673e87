# Pure: the options → AuthenticationConfiguration, its text, and the option behind each field.
{ lib }:
let
  toYAML = import ./yaml.nix { inherit lib; } { order = fieldOrder; };
  trust = import ./trust.nix { inherit lib; };
  versions = import ./kubernetes-versions.nix { inherit lib; };

  # The order of the Kubernetes documentation.
  fieldOrder = [
    "apiVersion"
    "kind"
    "anonymous"
    "enabled"
    "conditions"
    "jwt"
    "issuer"
    "url"
    "discoveryURL"
    "certificateAuthority"
    "audiences"
    "audienceMatchPolicy"
    "egressSelectorType"
    "claimValidationRules"
    "claimMappings"
    "username"
    "groups"
    "uid"
    "extra"
    "userValidationRules"
    "claim"
    "requiredValue"
    "prefix"
    "key"
    "valueExpression"
    "expression"
    "message"
  ];

  root = "services.kube-oidc";

  # Drops unset fields; "" and false are meaningful and stay.
  compact = lib.filterAttrs (_: value: value != null && value != [ ] && value != { });

  # The rules of an issuer in order, each with its option.
  rulesOf =
    name: issuer:
    trust.rules name issuer
    ++ lib.imap0 (index: rule: {
      inherit rule;
      option = "${optionOf name}.claimValidationRules[${toString index}]";
    }) issuer.claimValidationRules;

  optionOf =
    name:
    lib.showOption [
      "services"
      "kube-oidc"
      "issuers"
      name
    ];

  authority =
    issuer:
    if issuer.certificateAuthorityFile != null then
      builtins.readFile issuer.certificateAuthorityFile
    else
      issuer.certificateAuthority;

  entry =
    name: issuer:
    lib.recursiveUpdate (compact {
      issuer = compact {
        inherit (issuer)
          url
          discoveryURL
          audiences
          audienceMatchPolicy
          egressSelectorType
          ;
        certificateAuthority = authority issuer;
      };
      claimValidationRules = map (item: compact item.rule) (rulesOf name issuer);
      claimMappings = compact {
        username = compact issuer.claimMappings.username;
        groups = compact issuer.claimMappings.groups;
        uid = compact issuer.claimMappings.uid;
        inherit (issuer.claimMappings) extra;
      };
      userValidationRules = map compact issuer.userValidationRules;
    }) issuer.settings;

  # Field path prefix → option; the longest prefix wins and the rest of the path is appended.
  issuerOptions =
    index: name: issuer:
    let
      field = "jwt[${toString index}]";
      option = optionOf name;
      rules = lib.imap0 (
        position: item: lib.nameValuePair "${field}.claimValidationRules[${toString position}]" item.option
      ) (rulesOf name issuer);
    in
    {
      ${field} = option;
      "${field}.issuer" = option;
    }
    // lib.optionalAttrs (issuer.certificateAuthorityFile != null) {
      "${field}.issuer.certificateAuthority" = "${option}.certificateAuthorityFile";
    }
    // lib.listToAttrs rules
    // settingsOptions "${field}." "${option}.settings." issuer.settings;

  # Every path set by free-form settings, down to the first list.
  settingsOptions =
    field: option: settings:
    lib.concatMapAttrs (
      name: value:
      if builtins.isAttrs value && value != { } then
        settingsOptions "${field}${name}." "${option}${name}." value
      else
        { "${field}${name}" = "${option}${name}"; }
    ) settings;
in
{
  issuers,
  anonymous,
  settings,
  kubernetesVersion,
  ...
}:
let
  # Attribute sets are sorted by name, so the order of jwt is the order of the issuers' names.
  names = builtins.attrNames issuers;
  configuration = lib.recursiveUpdate (
    {
      apiVersion = versions.apiVersion kubernetesVersion;
      kind = "AuthenticationConfiguration";
    }
    // compact {
      jwt = lib.mapAttrsToList entry issuers;
      anonymous = if anonymous == null then null else compact anonymous;
    }
  ) settings;
in
{
  inherit configuration;
  text = toYAML configuration;
  options = {
    apiVersion = "${root}.kubernetesVersion";
    anonymous = "${root}.anonymous";
    jwt = "${root}.issuers";
  }
  // lib.optionalAttrs (!(settings ? jwt)) (
    lib.foldl' (
      all: index: all // issuerOptions index (lib.elemAt names index) issuers.${lib.elemAt names index}
    ) { } (lib.range 0 (lib.length names - 1))
  )
  // settingsOptions "" "${root}.settings." settings;
}
