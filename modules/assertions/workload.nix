# Pure: whether one workload of a grant identifies a user name of its issuer.
{ lib }:
let
  providers = import ../providers.nix { inherit lib; };
  workloads = import ../workloads.nix { inherit lib; };
in
# The workload's option, the issuer's name, the issuer, and the workload.
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
      "claimMappings.username.expression is custom, so set user instead"
    else if mapping.expression == null && mapping.claim == "sub" && templates == [ ] then
      "the subjects of provider = \"${issuer.provider}\" are unknown; set provider, or set user instead"
    else
      "set what the user name consists of: ${
        lib.concatStringsSep " or " (
          if templates == [ ] then [ (provider.username.template or "the mapped claim") ] else templates
        )
      }";

  unpinned = workloads.unpinnedAttributes issuer job;
  pins = lib.filter (item: provider.trust ? ${item}) (map (field: workloads.pins.${field}) unpinned);
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
    message = "${at} doesn't identify a user of issuer \"${name}\": ${advice}.";
  }
  {
    assertion = job.ref == null || job.tag == null;
    message = "${at} has both ref and tag: keep one of them (tag is short for ref refs/tags/…).";
  }
  {
    assertion = job.ref == null || providers.isFullRef issuer.provider job.ref;
    message = "${at}.ref is ${builtins.toJSON job.ref}, but ${provider.title} uses full refs: write ref = \"refs/heads/${toString job.ref}\", or tag = ${builtins.toJSON job.ref}.";
  }
  {
    assertion = !(lib.hasPrefix "refs/" (toString job.tag));
    message = "${at}.tag is ${builtins.toJSON job.tag}, but it must be only the name of the tag: write tag = \"${
      lib.removePrefix "refs/tags/" (toString job.tag)
    }\", or ref instead of tag.";
  }
  {
    assertion =
      job.repository == null
      || !(lib.hasInfix "/" example)
      || builtins.match "[^/:]+(/[^/:]+)+" job.repository != null;
    message = "${at}.repository is ${builtins.toJSON job.repository}, but repositories of ${provider.title} look like ${builtins.toJSON example}.";
  }
  {
    assertion = workloads.users name issuer job == [ ] || unpinned == [ ];
    message = "${at} has ${lib.concatStringsSep " and " unpinned}, but the user name doesn't contain it, so the grant would apply to every ${lib.concatStringsSep " and " unpinned}. Remove it${
      lib.optionalString (pins != [ ]) ", or pin it with ${
        lib.concatMapStringsSep " and " (item: "${trust}.${item}") pins
      }"
    }.";
  }
  {
    assertion = patterns == [ ];
    message = "${at} has a * in ${lib.concatStringsSep " and " patterns}, but Kubernetes has no patterns for user names: list one workload for each, or map what they share to a group (claimMappings.groups) and grant to that.";
  }
]
++ map (item: {
  assertion = false;
  message = "${at} can never match: ${trust}.${item} rejects its tokens. Add the workload's value there, or correct the workload.";
}) (workloads.refused issuer job)
