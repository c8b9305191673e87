# Assertions about certificate authorities and claim mappings.
{ evaluate }:
let
  inherit (evaluate) ;
  refusing = import ./refusing.nix { inherit evaluate; };
  inherit (refusing) issuer plain;
in
refusing.onMaster {
  twoAuthorities = {
    bad = issuer {
      certificateAuthority = "x";
      certificateAuthorityFile = ./fixtures/ca.pem;
    };
    good = issuer { certificateAuthority = "x"; };
    says = [ "certificateAuthority and certificateAuthorityFile: keep one" ];
  };
  reservedPrefix = {
    bad = issuer {
      claimMappings = plain.claimMappings // {
        groups = {
          claim = "groups";
          prefix = "system:";
        };
      };
    };
    good = issuer {
      claimMappings = plain.claimMappings // {
        groups = {
          claim = "groups";
          prefix = "sso:";
        };
      };
    };
    says = [
      "services.kube-oidc.issuers.sso.claimMappings.groups.prefix is \"system:\""
      "system:masters"
    ];
  };
  missingUserName = {
    bad = issuer { claimMappings = { }; };
    good = issuer { claimMappings.username.expression = "'sso:' + claims.sub"; };
    says = [
      "services.kube-oidc.issuers.sso.claimMappings.username is empty"
      "prefix = \"sso:\""
    ];
  };
  claimWithExpression = {
    bad = issuer {
      claimMappings.username = {
        claim = "sub";
        prefix = "sso:";
        expression = "claims.sub";
      };
    };
    good = issuer { claimMappings.username.expression = "claims.sub"; };
    says = [
      "services.kube-oidc.issuers.sso.claimMappings.username has both claim and expression"
      "keep one"
    ];
  };
  claimWithoutPrefix = {
    bad = issuer { claimMappings.username.claim = "sub"; };
    good = issuer {
      claimMappings.username = {
        claim = "sub";
        prefix = "";
      };
    };
    says = [
      "services.kube-oidc.issuers.sso.claimMappings.username.prefix is missing"
      "prefix = \"sso:\""
    ];
  };
  groupsClaimWithoutPrefix = {
    bad = issuer {
      claimMappings = plain.claimMappings // {
        groups.claim = "groups";
      };
    };
    good = issuer {
      claimMappings = plain.claimMappings // {
        groups = {
          claim = "groups";
          prefix = "sso:";
        };
      };
    };
    says = [ "services.kube-oidc.issuers.sso.claimMappings.groups.prefix is missing" ];
  };
  prefixWithExpression = {
    bad = issuer {
      claimMappings.username = {
        prefix = "sso:";
        expression = "claims.sub";
      };
    };
    good = issuer { claimMappings.username.expression = "'sso:' + claims.sub"; };
    says = [
      "services.kube-oidc.issuers.sso.claimMappings.username has both prefix and expression"
      "'sso:' + "
    ];
  };
  uidClaimWithExpression = {
    bad = issuer {
      claimMappings = plain.claimMappings // {
        uid = {
          claim = "sub";
          expression = "claims.sub";
        };
      };
    };
    good = issuer {
      claimMappings = plain.claimMappings // {
        uid.claim = "sub";
      };
    };
    says = [ "services.kube-oidc.issuers.sso.claimMappings.uid has both claim and expression" ];
  };
}
