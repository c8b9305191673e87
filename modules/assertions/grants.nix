# Pure: grants that are incomplete, can't be applied, or that no token can use.
{ lib }:
cfg:
let
  never = import ../unreachable.nix { inherit lib; };
  workload = import ./workload.nix { inherit lib; };
  rbac = import ../rbac.nix { inherit lib; };

  option =
    name:
    lib.showOption [
      "services"
      "kube-oidc"
      "grants"
      name
    ];

  names = names: if names == [ ] then "none" else lib.concatStringsSep ", " names;

  # The options of `candidates` that are set.
  setOf =
    grant: candidates:
    lib.filter (
      field:
      !(lib.elem grant.${field} [
        null
        false
        [ ]
      ])
    ) candidates;

  exactlyOne =
    name: grant: candidates: why:
    let
      set = setOf grant candidates;
    in
    {
      assertion = lib.length set == 1;
      message = "${option name} needs exactly one of ${lib.concatStringsSep ", " candidates}, but has ${names set}: ${why}.";
    };

  shape = name: grant: [
    {
      assertion = cfg.issuers ? ${grant.issuer};
      message = "${option name}.issuer is \"${grant.issuer}\", but services.kube-oidc.issuers has no such issuer (it has ${names (builtins.attrNames cfg.issuers)}): correct the name, or add the issuer.";
    }
    {
      assertion =
        setOf grant [
          "user"
          "group"
          "workload"
        ] != [ ];
      message = "${option name} has no subjects: set workload, user or group.";
    }
    (exactlyOne name grant [
      "namespace"
      "clusterWide"
    ] "choose a namespace or the whole cluster")
    (exactlyOne name grant [
      "preset"
      "rules"
      "role"
      "clusterRole"
    ] "choose one source of its permissions")
    {
      assertion = grant.role != null -> !grant.clusterWide;
      message = "${option name}.role names a Role, which is namespaced, but clusterWide is set: set namespace instead, or use clusterRole.";
    }
    {
      assertion = grant.createNamespace -> grant.namespace != [ ];
      message = "${option name}.createNamespace is set without a namespace: set namespace, or remove createNamespace.";
    }
    {
      assertion = lib.any (rule: rule.nonResourceURLs != [ ]) grant.rules -> grant.clusterWide;
      message = "${option name}.rules has nonResourceURLs, which are not namespaced: set clusterWide = true instead of namespace.";
    }
  ];

  # Rules that the API server rejects (k8s.io/kubernetes/pkg/apis/rbac/validation, ValidatePolicyRule).
  rule =
    name: index: rule:
    let
      at = "${option name}.rules[${toString index}]";
      hasResources = rule.apiGroups != [ ] || rule.resources != [ ] || rule.resourceNames != [ ];
    in
    [
      {
        assertion = rule.verbs != [ ];
        message = "${at}.verbs is empty, but Kubernetes requires at least one verb, for example verbs = [ \"get\" ].";
      }
      {
        assertion = rule.nonResourceURLs == [ ] || !hasResources;
        message = "${at} has both nonResourceURLs and resources: split it into two rules.";
      }
      {
        assertion = rule.nonResourceURLs != [ ] || (rule.apiGroups != [ ] && rule.resources != [ ]);
        message = "${at} needs apiGroups and resources (the core group is apiGroups = [ \"\" ]), or nonResourceURLs: add the missing fields.";
      }
    ];

  unreachable =
    name: grant: issuer:
    let
      why =
        field: reason: value:
        lib.optional (reason != null) {
          assertion = false;
          message = "${option name}.${field} is ${builtins.toJSON value}, which no token of issuer \"${grant.issuer}\" can have: ${reason}.";
        };
    in
    lib.concatMap (user: why "user" (never.user issuer user) user) grant.user
    ++ lib.concatMap (group: why "group" (never.group issuer group) group) grant.group;

  one =
    name: grant:
    shape name grant
    ++ lib.concatLists (lib.imap0 (rule name) grant.rules)
    ++ lib.optionals (cfg.issuers ? ${grant.issuer}) (
      let
        issuer = cfg.issuers.${grant.issuer};
      in
      unreachable name grant issuer
      ++ lib.concatMap (workload "${option name}.workload" grant.issuer issuer) grant.workload
    );
in
map (problem: {
  assertion = cfg.grants == { };
  message = "services.kube-oidc.grants can't be applied: ${problem}.";
}) cfg.apiServer.manifestProblems
++ map (
  { grants, object }:
  {
    assertion = false;
    message = "${lib.concatMapStringsSep " and " option grants} both define the ${object.kind} ${builtins.toJSON object.metadata.name}${
      lib.optionalString (object.metadata ? namespace) " in namespace ${object.metadata.namespace}"
    }, so one of them would be lost: set another name in one of them.";
  }
) (rbac.collisions cfg)
++ lib.concatLists (lib.mapAttrsToList one cfg.grants)
