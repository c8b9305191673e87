# Pure: a job of a forge → the user that its token becomes; and whether a grant can be met by any token at all.
{ lib }:
let
  providers = import ./providers.nix { inherit lib; };
  trust = import ./trust.nix { inherit lib; };

  refOf = workload: if workload.tag != null then "refs/tags/${workload.tag}" else workload.ref;

  # Every value that a template may ask for; null where the workload does not say it.
  valuesOf =
    workload:
    let
      ref = refOf workload;
      parts = lib.splitString "/" (toString workload.repository);
      isTag = lib.hasPrefix "refs/tags/" (toString ref);
    in
    {
      inherit (workload)
        repository
        repositoryId
        ownerId
        environment
        event
        ;
      inherit ref;
      owner = if workload.repository == null then null else lib.concatStringsSep "/" (lib.init parts);
      name = if workload.repository == null then null else lib.last parts;
      refType = if isTag then "tag" else "branch";
      refName =
        if ref == null then null else lib.removePrefix "refs/heads/" (lib.removePrefix "refs/tags/" ref);
    };

  # A job with an environment has a subject of its own, where the provider knows such; then an event's.
  fits =
    provider: workload: subject:
    let
      has = selector: lib.any (entry: entry.selector == selector) provider.subjects;
      hasEvent = lib.any (entry: (entry.event or null) == workload.event) provider.subjects;
      selector =
        if workload.environment != null && has "environment" then
          "environment"
        else if workload.event != null && hasEvent then
          "event"
        else
          "ref";
    in
    subject.selector == selector && (subject.event or workload.event) == workload.event;

  complete =
    values: template: lib.all (name: values.${name} != null) (providers.placeholders template);

  subjects =
    provider: workload:
    let
      values = valuesOf workload;
      fitting = lib.filter (fits provider workload) provider.subjects;
    in
    map (subject: providers.fill subject.template values) (
      lib.filter (subject: complete values subject.template) fitting
    );

  # What the mapped claim will be in the workload's tokens; [ ] where the workload does not tell.
  claimValues =
    provider: workload: claim:
    let
      values = valuesOf workload;
      told = {
        ${provider.trust.repositories or "-"} = values.repository;
        ${provider.trust.repositoryIds or "-"} = values.repositoryId;
        ${provider.trust.refs or "-"} = values.ref;
        ${provider.trust.environments or "-"} = values.environment;
      };
    in
    if claim == "sub" then
      subjects provider workload
    else
      lib.filter (value: value != null) [ (told.${claim} or null) ];

  ownExpression = name: issuer: (providers.mapping issuer.provider "username" "${name}:").expression;

  # The user names of a workload under an issuer; [ ] where they can't be told.
  users =
    name: issuer: workload:
    let
      provider = providers.all.${issuer.provider};
      mapping = issuer.claimMappings.username;
      template = provider.username.template or null;
      values = valuesOf workload;
    in
    if mapping.expression != null then
      lib.optional (
        template != null && mapping.expression == ownExpression name issuer && complete values template
      ) ("${name}:" + providers.fill template values)
    else if mapping.claim != null then
      map (value: toString mapping.prefix + value) (claimValues provider workload mapping.claim)
    else
      [ ];

  # "trust.refs": the workload says a ref that the issuer's trust refuses.
  refused =
    issuer: workload:
    let
      values = valuesOf workload;
      provider = providers.all.${issuer.provider};
      said = {
        owners = values.owner;
        ownerIds = values.ownerId;
        repositories = values.repository;
        repositoryIds = values.repositoryId;
        refs = values.ref;
        environments = values.environment;
        events = values.event;
      };
      refuses =
        item:
        provider.trust ? ${item}
        && issuer.trust.${item} != null
        && said.${item} != null
        && !(lib.any (pattern: trust.matches pattern said.${item}) issuer.trust.${item});
    in
    lib.filter refuses (builtins.attrNames said);

  # What a subject may look like: placeholders stand for anything.
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
  inherit users refused;

  # Whether the workload's subject with numbers could be the one of another repository, whose name ends in them.
  isAmbiguous =
    issuer: workload:
    let
      provider = providers.all.${issuer.provider};
      values = valuesOf workload;
    in
    issuer.claimMappings.username.claim == "sub"
    && issuer.trust.repositoryIds == null
    && lib.any (
      subject:
      subject.ambiguous or false && fits provider workload subject && complete values subject.template
    ) provider.subjects;

  # Why no token of the issuer can become that user; null where one may.
  unreachableUser =
    issuer: user:
    let
      mapping = issuer.claimMappings.username;
      provider = providers.all.${issuer.provider};
      prefix = toString mapping.prefix;
    in
    if mapping.claim == null then
      null
    else if !(lib.hasPrefix prefix user) then
      "its user names all begin with ${builtins.toJSON prefix}"
    else if mapping.claim == "sub" && !(isSubject provider (lib.removePrefix prefix user)) then
      "${provider.title} has no subject like ${builtins.toJSON (lib.removePrefix prefix user)}"
    else
      null;

  # Why no token of the issuer can be in that group; null where one may.
  unreachableGroup =
    issuer: group:
    let
      mapping = issuer.claimMappings.groups;
      prefix = toString mapping.prefix;
    in
    if mapping.claim == null && mapping.expression == null then
      "it maps no groups: set claimMappings.groups"
    else if mapping.claim != null && !(lib.hasPrefix prefix group) then
      "its groups all begin with ${builtins.toJSON prefix}"
    else
      null;
}
