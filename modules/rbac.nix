# Pure: grants → RBAC objects by unique names, which are stable and readable.
{ lib }:
let
  presets = import ./presets.nix;
  workloads = import ./workloads.nix { inherit lib; };

  apiGroup = "rbac.authorization.k8s.io";
  apiVersion = "${apiGroup}/v1";

  # Names that are not valid file or object names, or too long for the store, get a hash so that they stay distinct.
  safe =
    name:
    if builtins.match "[A-Za-z0-9][A-Za-z0-9_.-]*" name != null && lib.stringLength name <= 150 then
      name
    else
      lib.concatMapStrings (char: if builtins.match "[A-Za-z0-9_.-]" char != null then char else "-") (
        lib.stringToCharacters (lib.substring 0 150 name)
      )
      + "-"
      + lib.substring 0 8 (builtins.hashString "sha256" name);

  # A binding's roleRef is immutable: another role needs another binding with another name.
  objectName =
    name: grant:
    (if grant.name != null then grant.name else "kube-oidc:${safe name}")
    + (
      if grant.role != null then
        ":role:${grant.role}"
      else if grant.clusterRole != null then
        ":cluster-role:${grant.clusterRole}"
      else
        ""
    );

  labels."app.kubernetes.io/managed-by" = "kube-oidc";

  nonEmpty = lib.filterAttrs (_: value: value != [ ]);

  rulesOf =
    grant: if grant.preset != null then presets.${grant.preset}.rules else map nonEmpty grant.rules;

  subjectsOf =
    issuers: grant:
    let
      issuer = issuers.${grant.issuer} or null;
      subject = kind: name: { inherit apiGroup kind name; };
      ofWorkloads = lib.optionals (issuer != null) (
        lib.concatMap (workloads.users grant.issuer issuer) grant.workload
      );
    in
    map (subject "User") (lib.unique (grant.user ++ ofWorkloads)) ++ map (subject "Group") grant.group;

  metadata =
    name: namespace:
    {
      inherit name labels;
    }
    // lib.optionalAttrs (namespace != null) { inherit namespace; };

  hasOwnRole = grant: grant.role == null && grant.clusterRole == null;

  # Role and RoleBinding in a namespace, or the cluster-wide pair if it is null.
  pair =
    issuers: name: grant: namespace:
    let
      prefix = lib.optionalString (namespace == null) "Cluster";
      called = metadata (objectName name grant) namespace;
      ref =
        if grant.role != null then
          {
            kind = "Role";
            name = grant.role;
          }
        else if grant.clusterRole != null then
          {
            kind = "ClusterRole";
            name = grant.clusterRole;
          }
        else
          {
            kind = "${prefix}Role";
            inherit (called) name;
          };
    in
    lib.optional (hasOwnRole grant) {
      inherit apiVersion;
      kind = "${prefix}Role";
      metadata = called;
      rules = rulesOf grant;
    }
    ++ [
      {
        inherit apiVersion;
        kind = "${prefix}RoleBinding";
        metadata = called;
        subjects = subjectsOf issuers grant;
        roleRef = ref // {
          inherit apiGroup;
        };
      }
    ];

  namespaceObject = namespace: {
    apiVersion = "v1";
    kind = "Namespace";
    metadata = metadata namespace null;
  };

  objectsOf =
    issuers: name: grant:
    let
      places = if grant.clusterWide then [ null ] else grant.namespace;
    in
    lib.optionals grant.createNamespace (map namespaceObject grant.namespace)
    ++ lib.concatMap (pair issuers name grant) places;

  # "rolebinding.site.blog": one file name per object, the same in every generation. Neither kinds nor namespaces contain
  # dots, so the names are unique.
  key =
    object:
    safe (
      lib.concatStringsSep "." (
        [ (lib.toLower object.kind) ]
        ++ lib.optional (object.metadata ? namespace) object.metadata.namespace
        ++ [ (lib.removePrefix "kube-oidc:" object.metadata.name) ]
      )
    );

  entries =
    { issuers, grants, ... }:
    lib.concatLists (
      lib.mapAttrsToList (
        grant: settings:
        map (value: {
          inherit grant value;
          name = "kube-oidc-${key value}";
        }) (objectsOf issuers grant settings)
      ) grants
    );
in
{
  inherit safe;

  # Grants that define different objects with the same name, as [ { grants; object; } ]: one of them would be lost.
  collisions =
    cfg:
    map
      (same: {
        grants = lib.unique (map (entry: entry.grant) same);
        object = (lib.head same).value;
      })
      (
        lib.filter (same: lib.length (lib.unique (map (entry: entry.value) same)) > 1) (
          builtins.attrValues (lib.groupBy (entry: entry.name) (entries cfg))
        )
      );

  # { "kube-oidc-rolebinding.site.blog" = { apiVersion…; }; }; sorted by name, namespaces come first.
  objects = cfg: lib.listToAttrs (entries cfg);

  # The manifests as one document, which both `kube-oidc check --rbac` and `kube-oidc apply --grants` read.
  list =
    manifests:
    builtins.toJSON {
      apiVersion = "v1";
      kind = "List";
      items = builtins.attrValues manifests;
    };

  # { "RoleBinding blog/kube-oidc:site" = "services.kube-oidc.grants.site"; }, as `kube-oidc check --rbac` names them.
  options =
    { issuers, grants, ... }:
    let
      full =
        { kind, metadata, ... }:
        "${kind} ${lib.optionalString (metadata ? namespace) "${metadata.namespace}/"}${metadata.name}";
      option =
        name:
        lib.showOption [
          "services"
          "kube-oidc"
          "grants"
          name
        ];
    in
    lib.listToAttrs (
      lib.concatLists (
        lib.mapAttrsToList (
          name: grant:
          map (object: lib.nameValuePair (full object) (option name)) (objectsOf issuers name grant)
        ) grants
      )
    );
}
