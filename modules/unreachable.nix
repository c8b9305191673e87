# Pure: why no token of an issuer can become a user or have a group; null if one can.
{ lib }:
let
  providers = import ./providers.nix { inherit lib; };

  # Regular expression of a subject; placeholders match anything.
  subjectPattern =
    template:
    lib.concatStrings (
      map (part: if builtins.isList part then ".+" else lib.escapeRegex part) (
        builtins.split "\\{[a-zA-Z]+}" template
      )
    );

  isSubject =
    provider: text:
    provider.customSubjects
    || provider.subjects == [ ]
    || lib.any (
      subject: builtins.match (subjectPattern subject.template) text != null
    ) provider.subjects;
in
{
  user =
    issuer: user:
    let
      mapping = issuer.claimMappings.username;
      provider = providers.all.${issuer.provider};
      prefix = toString mapping.prefix;
    in
    if mapping.claim == null then
      null
    else if !(lib.hasPrefix prefix user) then
      "its user names all start with ${builtins.toJSON prefix}"
    else if mapping.claim == "sub" && !(isSubject provider (lib.removePrefix prefix user)) then
      "${provider.title} has no subjects like ${builtins.toJSON (lib.removePrefix prefix user)}"
    else
      null;

  group =
    issuer: group:
    let
      mapping = issuer.claimMappings.groups;
      prefix = toString mapping.prefix;
    in
    if mapping.claim == null && mapping.expression == null then
      "it has no groups: set claimMappings.groups"
    else if mapping.claim != null && !(lib.hasPrefix prefix group) then
      "its groups all start with ${builtins.toJSON prefix}"
    else
      null;
}
