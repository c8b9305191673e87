# Pure: the issuer types, from the files that the checker also reads, and what follows from them.
{ lib }:
let
  directory = ../pkgs/kube-oidc/src/kube_oidc/providers;

  files = lib.filter (file: lib.hasSuffix ".json" file && file != "schema.json") (
    builtins.attrNames (builtins.readDir directory)
  );

  known = lib.listToAttrs (
    map (
      file: lib.nameValuePair (lib.removeSuffix ".json" file) (lib.importJSON (directory + "/${file}"))
    ) files
  );

  generic = {
    title = "OpenID Connect";
    kind = "people";
    urls = [ ];
    audience = "what the issuer puts into aud for this cluster";
    claims = { };
    subjects = [ ];
    customSubjects = true;
    trust = { };
    pins = [ ];
  };
in
rec {
  all = known // {
    inherit generic;
  };

  names = builtins.attrNames all;

  # All parameters of URL patterns.
  parameters = [
    "application"
    "client"
    "host"
    "organization"
    "realm"
  ];

  # "{a}/{b}" and { a = "x"; b = "y"; } → "x/y"; names without a value stay.
  fill =
    template: values:
    let
      present = lib.filterAttrs (_: value: value != null) values;
    in
    lib.replaceStrings (map (name: "{${name}}") (builtins.attrNames present)) (map toString (
      builtins.attrValues present
    )) template;

  placeholders =
    template: map lib.head (lib.filter builtins.isList (builtins.split "\\{([a-zA-Z]+)}" template));

  # The URL pattern whose parameters are exactly those that are set, or null.
  pattern =
    issuer:
    let
      set = parametersOf issuer;
      fits =
        entry:
        lib.sort lib.lessThan entry.parameters == set
        && lib.hasSuffix (entry.hostSuffix or "") (toString issuer.host);
    in
    lib.findFirst fits null all.${issuer.provider}.urls;

  # The issuer's URL according to its provider, or null.
  url =
    issuer:
    let
      entry = pattern issuer;
    in
    if entry == null then null else fill entry.url (lib.getAttrs parameters issuer);

  # The parameters that are set.
  parametersOf = issuer: lib.filter (name: issuer.${name} != null) parameters;

  # The host of a URL: copied addresses often include the scheme and a trailing slash.
  bareHost = host: lib.last (builtins.match "([a-zA-Z]+://)?(.*[^/]|)/*" host);

  # The sets of options that determine the URL: "host", "host and realm".
  urlOptions =
    provider:
    lib.unique (
      map (lib.concatStringsSep " and ") (
        lib.filter (names: names != [ ]) (map (entry: entry.parameters) all.${provider}.urls)
      )
    );

  # URL → the provider that issues tokens to anyone there.
  sharedUrls = lib.listToAttrs (
    lib.concatLists (
      lib.mapAttrsToList (
        name: provider:
        map (entry: lib.nameValuePair entry.url name) (lib.filter (entry: entry.shared) provider.urls)
      ) known
    )
  );

  # Whether a ref, or a pattern for refs, has the provider's form: most start with refs/.
  isFullRef =
    provider: ref:
    let
      start = lib.head (lib.splitString "*" ref);
    in
    !(lib.hasPrefix "refs/" (all.${provider}.exampleWorkload.ref or ""))
    || lib.hasPrefix "refs/" start
    || (start != ref && lib.hasPrefix start "refs/");

  # Whether a host can be followed by a path, and if not, why.
  noPath =
    provider: lib.findFirst (why: why != null) null (map (entry: entry.noPath or null) all.${provider}.urls);

  # What the provider's file says about the claim behind an option of trust.
  claimOf = provider: item: all.${provider}.claims.${all.${provider}.trust.${item} or ""} or { };

  # `{ expression; }` or `{ claim; }` of a provider's mapping (username or groups), with the prefix filled in.
  mapping =
    provider: field: prefix:
    let
      entry = all.${provider}.${field} or { };
    in
    {
      claim = entry.claim or null;
      expression =
        if entry ? expression then fill entry.expression { prefix = builtins.toJSON prefix; } else null;
    };
}
