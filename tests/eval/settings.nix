# Free-form settings, and the option behind each field.
{ evaluate }:
let
  inherit (evaluate)
    lib
    machine
    master
    oidc
    ;
  two = oidc {
    issuers = {
      b = {
        url = "https://b.example.org";
        audiences = [ "k" ];
        claimMappings.username.expression = "claims.sub";
        claimValidationRules = [ { expression = "claims.b"; } ];
      };
      a = {
        provider = "forgejo";
        host = "a.example.org";
        audiences = [ "k" ];
        trust.owners = [ "adam" ];
        certificateAuthorityFile = ./fixtures/ca.pem;
        settings.issuer.later = true;
        claimValidationRules = [ { expression = "claims.a"; } ];
      };
    };
    settings.later.deep = 1;
  };

  optionsOf =
    modules:
    builtins.fromJSON
      (machine [
        master
        modules
      ]).services.kube-oidc.configFile.optionMap;

  configurationOf =
    modules:
    (machine [
      master
      modules
    ]).services.kube-oidc.authenticationConfiguration;
in
{

  testAlertsAreOffByDefault = {
    expr = (machine master).services.prometheus.ruleFiles;
    expected = [ ];
  };

  # Prometheus usually runs on another machine than an API server.
  testAlertsDoNotNeedTheModule = {
    expr = map baseNameOf (machine { services.kube-oidc.alerts.enable = true; }).services.prometheus.ruleFiles;
    expected = [ "alerts.yaml" ];
  };

  testSettingsOfAnIssuerAreMergedDeeply = {
    expr = (lib.head (configurationOf two).jwt).issuer.later;
    expected = true;
  };

  testSettingsWinAndReplaceLists = {
    expr =
      let
        entry =
          lib.head
            (configurationOf {
              imports = [
                two
                (oidc {
                  issuers.a.settings.issuer = {
                    audiences = [ "other" ];
                    url = "https://c.example.org";
                  };
                })
              ];
            }).jwt;
      in
      {
        inherit (entry.issuer) audiences url;
      };
    expected = {
      audiences = [ "other" ];
      url = "https://c.example.org";
    };
  };

  testTopLevelSettingsReplaceTheListOfIssuers = {
    expr =
      (configurationOf {
        imports = [
          two
          (oidc { settings.jwt = [ { } ]; })
        ];
      }).jwt;
    expected = [ { } ];
  };

  testTopLevelSettings = {
    expr = (configurationOf two).later;
    expected.deep = 1;
  };

  testOptionMap = {
    expr = optionsOf two;
    expected = {
      anonymous = "services.kube-oidc.anonymous";
      apiVersion = "services.kube-oidc.kubernetesVersion";
      jwt = "services.kube-oidc.issuers";
      "jwt[0]" = "services.kube-oidc.issuers.a";
      "jwt[0].issuer" = "services.kube-oidc.issuers.a";
      "jwt[0].issuer.certificateAuthority" = "services.kube-oidc.issuers.a.certificateAuthorityFile";
      "jwt[0].issuer.later" = "services.kube-oidc.issuers.a.settings.issuer.later";
      "jwt[0].claimValidationRules[0]" = "services.kube-oidc.issuers.a.trust.owners";
      "jwt[0].claimValidationRules[1]" = "services.kube-oidc.issuers.a.trust.events";
      "jwt[0].claimValidationRules[2]" = "services.kube-oidc.issuers.a.claimValidationRules[0]";
      "jwt[1]" = "services.kube-oidc.issuers.b";
      "jwt[1].issuer" = "services.kube-oidc.issuers.b";
      "jwt[1].claimValidationRules[0]" = "services.kube-oidc.issuers.b.claimValidationRules[0]";
      "later.deep" = "services.kube-oidc.settings.later.deep";
    };
  };

  testOptionMapQuotesNames = {
    expr =
      (optionsOf (oidc {
        issuers."git.example.org" = {
          provider = "forgejo";
          host = "git.example.org";
          audiences = [ "k" ];
        };
      }))."jwt[0]";
    expected = ''services.kube-oidc.issuers."git.example.org"'';
  };
}
