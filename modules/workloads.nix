# Pure: a job of a forge → the user its token becomes, and the attributes of the job that nothing pins.
{ lib }:
let
  providers = import ./providers.nix { inherit lib; };
  trust = import ./trust.nix { inherit lib; };

  refOf = workload: if workload.tag != null then "refs/tags/${workload.tag}" else workload.ref;

  # Every value of a template; null if the workload doesn't set it.
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

  # The subject of a job depends on its environment, else its event, else its ref, as far as the provider supports them.
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

  fitting =
    provider: workload:
    lib.filter (
      subject: fits provider workload subject && complete (valuesOf workload) subject.template
    ) provider.subjects;

  fill = workload: subject: providers.fill subject.template (valuesOf workload);

  subjects = provider: workload: map (fill workload) (fitting provider workload);

  # [ "adam-7/site-9" ]: the repository for which the text is a subject of this format, all else being the workload's.
  repositoryIn =
    workload: text: subject:
    let
      parts = builtins.split "\\{repository}" (
        providers.fill subject.template (valuesOf workload // { repository = null; })
      );
      found = builtins.match (lib.concatMapStrings (
        part: if builtins.isList part then "([^:]+)" else lib.escapeRegex part
      ) parts) text;
    in
    if found == null then [ ] else found;

  # Whether the issuer's trust accepts a repository of this name whose numbers are unknown.
  admits =
    issuer: repository:
    let
      owner = lib.concatStringsSep "/" (lib.init (lib.splitString "/" repository));
      accepts =
        patterns: text: patterns == null || lib.any (pattern: trust.matches pattern text) patterns;
    in
    issuer.trust.ownerIds == null
    && issuer.trust.repositoryIds == null
    && accepts issuer.trust.owners owner
    && accepts issuer.trust.repositories repository;

  # The mapped claim in the workload's tokens; [ ] if the workload doesn't determine it.
  claimValues =
    provider: workload: claim:
    let
      values = valuesOf workload;
      known = {
        ${provider.trust.repositories or "-"} = values.repository;
        ${provider.trust.repositoryIds or "-"} = values.repositoryId;
        ${provider.trust.refs or "-"} = values.ref;
        ${provider.trust.environments or "-"} = values.environment;
      };
    in
    if claim == "sub" then
      subjects provider workload
    else
      lib.filter (value: value != null) [ (known.${claim} or null) ];

  ownExpression = name: issuer: (providers.mapping issuer.provider "username" "${name}:").expression;

  # The user names of a workload under an issuer; [ ] if they can't be determined.
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

  # Whether the user name contains one of these: placeholders of templates, or the mapped claim.
  names =
    issuer: workload: placeholders: item:
    let
      provider = providers.all.${issuer.provider};
      mapping = issuer.claimMappings.username;
      among = template: lib.any (name: lib.elem name placeholders) (providers.placeholders template);
    in
    if mapping.expression != null then
      among (provider.username.template or "")
    else if mapping.claim == "sub" then
      lib.any (subject: among subject.template || (item == "events" && subject ? event)) (
        fitting provider workload
      )
    else
      mapping.claim == provider.trust.${item} or null;

  # The option of `trust` that can pin an attribute of a workload.
  pins = {
    environment = "environments";
    event = "events";
    ownerId = "ownerIds";
    ref = "refs";
    repository = "repositories";
    repositoryId = "repositoryIds";
  };

  # Attributes of the workload that neither the user name nor the issuer's trust pins: jobs that differ in them get the
  # grant as well. [ "ref" ]
  unpinnedAttributes =
    issuer: workload:
    let
      isNamed = {
        environment = names issuer workload [ "environment" ] "environments";
        event = names issuer workload [ "event" ] "events";
        ownerId = names issuer workload [ "ownerId" ] "ownerIds";
        ref = names issuer workload [ "ref" "refName" ] "refs";
        repository = names issuer workload [ "repository" "name" ] "repositories";
        repositoryId = names issuer workload [ "repositoryId" ] "repositoryIds";
      };
      attributes = workload // { ref = refOf workload; };
    in
    lib.filter (
      field: attributes.${field} != null && !isNamed.${field} && issuer.trust.${pins.${field}} == null
    ) (builtins.attrNames pins);

  # Options of the issuer's trust that reject the workload's tokens. [ "refs" ]
  refused =
    issuer: workload:
    let
      values = valuesOf workload;
      provider = providers.all.${issuer.provider};
      attributes = {
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
        && attributes.${item} != null
        && !(lib.any (pattern: trust.matches pattern attributes.${item}) issuer.trust.${item});
    in
    lib.filter refuses (builtins.attrNames attributes);
in
{
  inherit
    pins
    users
    refused
    unpinnedAttributes
    ;

  # Whether the workload's subject with numeric IDs could also be that of another repository, whose name ends in them, and the
  # issuer's trust would accept that one.
  isAmbiguous =
    issuer: workload:
    let
      provider = providers.all.${issuer.provider};
      numbered = lib.filter (subject: subject.ambiguous or false) (fitting provider workload);
      plain = lib.filter (subject: !(subject.ambiguous or false)) (fitting provider workload);
      lookalikes = lib.concatMap (
        subject: lib.concatMap (repositoryIn workload (fill workload subject)) plain
      ) numbered;
    in
    issuer.claimMappings.username.claim == "sub" && lib.any (admits issuer) lookalikes;

  # [ "ownerId" "repositoryId" ]: the numbers without which some of the workload's subjects are not covered by its grant.
  missingNumbers =
    issuer: workload:
    let
      provider = providers.all.${issuer.provider};
      values = valuesOf workload // {
        ownerId = "";
        repositoryId = "";
      };
      missing =
        subject:
        lib.filter (name: workload.${name} or null == null) (
          lib.intersectLists [ "ownerId" "repositoryId" ] (providers.placeholders subject.template)
        );
      possible = lib.filter (
        subject: fits provider workload subject && complete values subject.template
      ) provider.subjects;
    in
    lib.optionals (issuer.claimMappings.username.claim == "sub" && provider ? numbersCommand) (
      lib.unique (lib.concatMap missing possible)
    );

  # The command that prints them.
  numbersCommand =
    issuer: workload:
    providers.fill providers.all.${issuer.provider}.numbersCommand {
      inherit (issuer) host;
      inherit (workload) repository;
    };
}
