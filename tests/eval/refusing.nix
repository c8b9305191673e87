# Shared by the assertions' cases: pieces of configuration, and a table → two cases for each row.
{ evaluate }:
let
  inherit (evaluate)
    lib
    forgejo
    master
    oidc
    refusals
    ;

  capitalised = name: lib.toUpper (lib.substring 0 1 name) + lib.substring 1 (-1) name;

  has = words: message: lib.all (word: lib.hasInfix word message) words;

  all = imports: { inherit imports; };
  extraOpts = text: { services.kubernetes.apiserver.extraOpts = text; };
  gates = names: { services.kubernetes.apiserver.featureGates = lib.genAttrs names (_: true); };
  issuer = settings: oidc { issuers.sso = plain // settings; };
  grant =
    settings:
    oidc {
      grants.site = {
        issuer = "forgejo";
        user = "forgejo:repo:adam/site:ref:refs/heads/main";
        namespace = "site";
        preset = "deploy";
      }
      // settings;
    };
  job =
    workload:
    grant {
      user = [ ];
      inherit workload;
    };
  main = {
    repository = "adam/site";
    ref = "refs/heads/main";
  };

  plain = {
    url = "https://sso.example.org";
    audiences = [ "kubernetes" ];
    claimMappings.username = {
      claim = "sub";
      prefix = "sso:";
    };
  };

  many =
    count:
    oidc {
      issuers = lib.listToAttrs (
        map (
          number:
          lib.nameValuePair "i${toString number}" (
            plain // { url = "https://i${toString number}.example.org"; }
          )
        ) (lib.range 1 count)
      );
    };

  github =
    settings:
    oidc {
      issuers.github = {
        provider = "github";
        audiences = [ "k" ];
      }
      // settings;
    };

  # { name = { good; bad; says; }; } → cases: `bad` fails an assertion whose message contains all of `says`, `good` passes.
  cases =
    wrap: table:
    lib.concatMapAttrs (name: entry: {
      "test${capitalised name}IsRefused" =
        let
          messages = refusals (wrap entry.bad);
        in
        {
          expr = if lib.any (has entry.says) messages then "reported" else messages;
          expected = "reported";
        };
      "test${capitalised name}PassesWithTheRemedy" = {
        expr = refusals (wrap entry.good);
        expected = [ ];
      };
    }) table;
in
{
  inherit
    all
    extraOpts
    gates
    grant
    issuer
    job
    main
    many
    github
    plain
    ;

  # On a master with the issuer `forgejo`.
  onMaster = cases (modules: [
    master
    forgejo
    modules
  ]);

  onAnyMachine = cases lib.id;
}
