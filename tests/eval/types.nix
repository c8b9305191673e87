# Values of the wrong type: each fails during evaluation.
{ evaluate }:
let
  inherit (evaluate)
    lib
    forgejo
    machine
    master
    oidc
    ;
  refusing = import ./refusing.nix { inherit evaluate; };

  # All results of the module, so that every option is evaluated.
  made =
    settings:
    let
      system = machine [
        master
        forgejo
        (refusing.grant { })
        (oidc settings)
      ];
    in
    [
      system.services.kube-oidc
      system.systemd.services
    ];
  isTaken =
    settings:
    (builtins.tryEval (
      lib.deepSeq (map (item: builtins.toJSON (removeAttrs item [ "apiServer" ])) (made settings)) true
    )).success;

  taken = settings: lib.filter (setting: isTaken setting) settings;
  left = settings: lib.filter (setting: !(isTaken setting)) settings;

  grant = settings: { grants.site = settings; };
  issuer = settings: { issuers.forgejo = settings; };
in
{
  testWrongTypesAreRefused = {
    expr = taken [
      { acknowledgedFindings = [ "subject-form" ]; }
      { acknowledgedFindings.subject-form = ""; }
      { anonymous = true; }
      { anonymous.conditions = [ 1 ]; }
      { checkConfig = "full"; }
      { checkPackage = "pkgs.kubernetes"; }
      { configFile = "/etc/auth.yaml"; }
      { distribution = "k8s"; }
      { failOnFindings = "yes"; }
      { grants = [ ]; }
      { issuers = [ ]; }
      { kubeconfig = ""; }
      { kubeconfig = "admin.conf"; }
      { kubernetesVersion = 1.36; }
      { kubernetesVersion = "v1.36"; }
      { kubernetesVersion = "1.36.3"; }
      { package = null; }
      { settings = "jwt: []"; }
      { settings.x = _: true; }
      { unknown = true; }
    ];
    expected = [ ];
  };

  testWrongTypesOfAnIssuerAreRefused = {
    expr = taken (
      map issuer [
        { audiences = "kubernetes"; }
        { audienceMatchPolicy = "MatchAll"; }
        { claimMappings.username.claim = [ "sub" ]; }
        { claimMappings.usernme.claim = "sub"; }
        { claimValidationRules = [ "claims.hd == 'x'" ]; }
        { certificateAuthorityFile = "ca.pem"; }
        { egressSelectorType = "etcd"; }
        { provider = "Forgejo"; }
        { trust.owners = "adam"; }
        { trust.owner = [ "adam" ]; }
        { url = ""; }
        { url = 5; }
        { userValidationRules = [ { message = "without an expression"; } ]; }
      ]
    );
    expected = [ ];
  };

  testWrongTypesOfAGrantAreRefused = {
    expr = taken (
      map grant [
        { clusterRole = "a/b"; }
        { issuer = ""; }
        { name = "."; }
        { name = ".."; }
        { name = "a/b"; }
        { name = "a\nb"; }
        { namespace = "Site"; }
        { namespace = null; }
        { preset = "admin"; }
        { role = ".."; }
        { role = ""; }
        { rules = [ { verb = [ "get" ]; } ]; }
        { user = null; }
        { user = ""; }
        { workload = "adam/site"; }
      ]
    );
    expected = [ ];
  };

  testUnusualValuesAreAccepted = {
    expr = left [
      { }
      { kubeconfig = null; }
      { checkPackage = null; }
      { settings.x = 1.5; }
      { anonymous = { }; }
      {
        anonymous = {
          enabled = true;
          conditions = [ "/livez" ];
        };
      }
      (grant { name = "..."; })
      (grant { name = ".a"; })
      (grant { name = lib.mkForce "deployers of the site: ünï"; })
      (grant { user = [ "forgejo:repo:adam/site:pull_request" ]; })
      { grants."../../x y\n".issuer = "forgejo"; }
      { issuers."" = { }; }
      { issuers."Git.Example.ORG:8443/ünï" = { }; }
    ];
    expected = [ ];
  };
}
