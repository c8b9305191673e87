# Pure: one job of a grant: whether it says whose token it means, in the words of its issuer's provider.
{ lib }:
let
  providers = import ../providers.nix { inherit lib; };
  workloads = import ../workloads.nix { inherit lib; };
in
# Where the option is, the issuer's name and the issuer.
at: name: issuer: job:
let
  provider = providers.all.${issuer.provider};
  mapping = issuer.claimMappings.username;
  templates = map (subject: subject.template) provider.subjects;
  trust = lib.showOption [
    "services"
    "kube-oidc"
    "issuers"
    name
    "trust"
  ];

  advice =
    if mapping.expression != null && !(provider.username ? template) then
      "claimMappings.username.expression is your own, so write the user's name as user instead"
    else if mapping.expression == null && mapping.claim == "sub" && templates == [ ] then
      "provider = \"${issuer.provider}\" says nothing of subjects; set provider, or write the user's name as user instead"
    else
      "say what the name is made of: ${
        lib.concatStringsSep " or " (
          if templates == [ ] then [ (provider.username.template or "the mapped claim") ] else templates
        )
      }";

  unheeded = workloads.unheeded issuer job;
  pins = lib.filter (item: provider.trust ? ${item}) (map (field: workloads.pins.${field}) unheeded);
  example = provider.exampleWorkload.repository or "";

  patterns = lib.filter (field: lib.hasInfix "*" (toString job.${field})) [
    "ref"
    "repository"
    "tag"
  ];
in
[
  {
    assertion = workloads.users name issuer job != [ ];
    message = "${at} does not say which user of issuer \"${name}\" it is: ${advice}.";
  }
  {
    assertion = job.ref == null || job.tag == null;
    message = "${at} has ref and tag: keep one of the two, tag is short for ref refs/tags/….";
  }
  {
    assertion = job.ref == null || providers.isFullRef issuer.provider job.ref;
    message = "${at}.ref is ${builtins.toJSON job.ref}, and ${provider.title} names refs in full: write ref = \"refs/heads/${toString job.ref}\", or tag = ${builtins.toJSON job.ref}.";
  }
  {
    assertion = !(lib.hasPrefix "refs/" (toString job.tag));
    message = "${at}.tag is ${builtins.toJSON job.tag}, and only the name of the tag belongs there: write tag = \"${
      lib.removePrefix "refs/tags/" (toString job.tag)
    }\", or ref instead of tag.";
  }
  {
    assertion =
      job.repository == null
      || !(lib.hasInfix "/" example)
      || builtins.match "[^/:]+(/[^/:]+)+" job.repository != null;
    message = "${at}.repository is ${builtins.toJSON job.repository}, and ${provider.title} calls repositories like ${builtins.toJSON example}: write it so.";
  }
  {
    assertion = workloads.users name issuer job == [ ] || unheeded == [ ];
    message = "${at} has ${lib.concatStringsSep " and " unheeded}, which the user's name does not have: the grant would be everybody's who differs in that. Leave it out${
      lib.optionalString (pins != [ ]) ", or pin it with ${
        lib.concatMapStringsSep " and " (item: "${trust}.${item}") pins
      }"
    }.";
  }
  {
    assertion = patterns == [ ];
    message = "${at} has a * in ${lib.concatStringsSep " and " patterns}, and Kubernetes takes the name of a user to the letter: list one workload for each, or map what they share to a group (claimMappings.groups) and grant to that.";
  }
]
++ map (item: {
  assertion = false;
  message = "${at} can never be met: ${trust}.${item} refuses its tokens. Add the workload's there, or correct the workload.";
}) (workloads.refused issuer job)
