# Shared by the providers' cases: an issuer of a provider on a master, and the results.
{ evaluate }:
let
  inherit (evaluate)
    lib
    machine
    master
    oidc
    refusals
    ;

  known = (import ../../modules/providers.nix { inherit lib; }).all;

  ofIssuer =
    settings:
    machine [
      master
      (oidc {
        issuers.x = {
          audiences = [ "k" ];
        }
        // settings;
      })
    ];

  issuer = settings: (ofIssuer settings).services.kube-oidc.issuers.x;
  entry = settings: lib.head (ofIssuer settings).services.kube-oidc.authenticationConfiguration.jwt;

  expressions =
    provider: trust:
    map (rule: rule.expression)
      (entry {
        inherit provider;
        host = "h.example.org";
        trust = {
          events = null;
        }
        // trust;
      }).claimValidationRules or [ ];

  usersOf =
    settings: workload:
    map (subject: subject.name)
      (machine [
        master
        (oidc {
          issuers.x = {
            audiences = [ "k" ];
          }
          // settings;
          grants.g = {
            issuer = "x";
            inherit workload;
            namespace = "n";
            preset = "deploy";
          };
        })
      ]).services.kube-oidc.manifests."kube-oidc-rolebinding.n.g".subjects;

  forgejo = {
    provider = "forgejo";
    host = "h.example.org";
  };
  github.provider = "github";
  gitlab.provider = "gitlab";
  buildkite.provider = "buildkite";
  circleci = {
    provider = "circleci";
    organization = "o";
  };

  # A good configuration of every provider, and one that fails an assertion, with its message.
  each = {
    forgejo = {
      good = forgejo;
      url = "https://h.example.org/api/actions";
      bad.provider = "forgejo";
      says = "set url, or host";
    };
    github = {
      good = github // {
        trust.owners = [ "octo-org" ];
      };
      url = "https://token.actions.githubusercontent.com";
      bad = github;
      says = "trust.ownerIds";
    };
    gitlab = {
      good = gitlab // {
        host = "gitlab.example.org";
      };
      url = "https://gitlab.example.org";
      bad = gitlab;
      says = "trust.owners";
    };
    buildkite = {
      good = buildkite // {
        trust.ownerIds = [ "f02d6a6f" ];
      };
      url = "https://agent.buildkite.com";
      bad = buildkite // {
        trust.refs = [ "main" ];
      };
      says = "trust.ownerIds";
    };
    circleci = {
      good = circleci;
      url = "https://oidc.circleci.com/org/o";
      bad.provider = "circleci";
      says = "set url, or organization";
    };
    google = {
      good = {
        provider = "google";
        trust.owners = [ "example.org" ];
      };
      url = "https://accounts.google.com";
      bad.provider = "google";
      says = "trust.owners";
    };
    terraform = {
      good = {
        provider = "terraform";
        trust.ownerIds = [ "org-GRNbCjYNpBB6NEH9" ];
      };
      url = "https://app.terraform.io";
      bad = {
        provider = "terraform";
        trust.events = [ "apply" ];
      };
      says = "trust.ownerIds";
    };
    vercel = {
      good = {
        provider = "vercel";
        organization = "acme";
      };
      url = "https://oidc.vercel.com/acme";
      bad.provider = "vercel";
      says = "trust.ownerIds";
    };
    codefresh = {
      good = {
        provider = "codefresh";
        trust.repositoryIds = [ "64f0c40800aafd1455566abc" ];
      };
      url = "https://oidc.codefresh.io";
      bad = {
        provider = "codefresh";
        trust.repositories = [ "site/deploy" ];
      };
      says = "trust.ownerIds";
    };
    pulumi = {
      good = {
        provider = "pulumi";
        trust.ownerIds = [ "8a6f2c1e-52c5-4b43-9d0c-6ad0a3b6c0de" ];
      };
      url = "https://api.pulumi.com/oidc/v2";
      bad.provider = "pulumi";
      says = "trust.ownerIds";
    };
    sigstore = {
      good = {
        provider = "sigstore";
        trust.owners = [ "ada@example.org" ];
      };
      url = "https://oauth2.sigstore.dev/auth";
      bad.provider = "sigstore";
      says = "trust.owners";
    };
    cognito = {
      good = {
        provider = "cognito";
        host = "eu-central-1.amazonaws.com";
        realm = "eu-central-1_a1B2c3D4e";
      };
      url = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1B2c3D4e";
      bad = {
        provider = "cognito";
        host = "example.org";
        realm = "eu-central-1_a1B2c3D4e";
      };
      says = "set url, or host and realm";
    };
    keycloak = {
      good = {
        provider = "keycloak";
        host = "h.example.org";
        realm = "main";
      };
      url = "https://h.example.org/realms/main";
      bad = {
        provider = "keycloak";
        host = "h.example.org";
      };
      says = "set url, or host and realm";
    };
    authentik = {
      good = {
        provider = "authentik";
        host = "h.example.org";
        application = "kubernetes";
      };
      url = "https://h.example.org/application/o/kubernetes/";
      bad = {
        provider = "authentik";
        host = "h.example.org";
      };
      says = "set url, or host and application";
    };
    entra = {
      good = {
        provider = "entra";
        organization = "11111111-2222-3333-4444-555555555555";
      };
      url = "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/v2.0";
      bad.provider = "entra";
      says = "set url, or organization";
    };
    kanidm = {
      good = {
        provider = "kanidm";
        host = "h.example.org";
        client = "kubernetes";
      };
      url = "https://h.example.org/oauth2/openid/kubernetes";
      bad = {
        provider = "kanidm";
        client = "kubernetes";
      };
      says = "set url, or host and client";
    };
  }
  //
    lib.genAttrs
      [
        "authelia"
        "dex"
        "pocket-id"
        "zitadel"
      ]
      (provider: {
        good = {
          inherit provider;
          host = "h.example.org";
        };
        url = "https://h.example.org";
        bad = { inherit provider; };
        says = "set url, or host";
      });

  # An issuer of every provider: that of its cases here, or else that of its example.
  good = lib.mapAttrs (name: _: each.${name}.good or (exampleIssuer name)) (
    removeAttrs known [ "generic" ]
  );

  exampleIssuer =
    name:
    let
      inherit ((import (../../examples + "/${name}/configuration.nix")).services.kube-oidc) issuers;
    in
    removeAttrs (lib.head (builtins.attrValues issuers)) [ "audiences" ];

  refusalsOf =
    settings:
    refusals [
      master
      (oidc {
        issuers.x = {
          audiences = [ "k" ];
        }
        // settings;
      })
    ];

in
{
  inherit
    known
    ofIssuer
    issuer
    entry
    expressions
    usersOf
    forgejo
    github
    gitlab
    buildkite
    circleci
    each
    good
    refusalsOf
    ;
}
