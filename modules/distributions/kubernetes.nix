# services.kubernetes: a string of flags.
{
  config,
  lib,
  options,
  ...
}:
let
  cfg = config.services.kube-oidc;
  top = config.services.kubernetes;
  isActive = cfg.enable && cfg.distribution == "kubernetes";
  isDeclared = options.services ? kubernetes;
  path = "/etc/kube-oidc/auth.yaml";
  flags = import ../flags.nix { inherit lib; };
  given = flags.parse (flags.words top.apiserver.extraOpts);

  gatesOf = set: if builtins.isAttrs set then set else lib.genAttrs set (_: true);

  valuesOf = name: lib.filter (value: value != null) (flags.values name given);

  # The API server takes the last of several flags of one name.
  valueOf = name: option: lib.last ([ option ] ++ valuesOf name);

  # Where this machine's API server listens; the kubeconfig may lead to another one.
  address = valueOf "bind-address" top.apiserver.bindAddress;
  host =
    if address == "0.0.0.0" then
      "127.0.0.1"
    else if address == "::" then
      "[::1]"
    else if lib.hasInfix ":" address then
      "[${address}]"
    else
      address;

  # The content of the user's own file (--authorization-config) is unknown.
  authorizes =
    mode:
    flags.has "authorization-config" given
    || lib.elem mode (
      lib.splitString "," (
        valueOf "authorization-mode" (lib.concatStringsSep "," top.apiserver.authorizationMode)
      )
    );

  clusterAdmin = top.pki.etcClusterAdminKubeconfig or null;
in
{
  config = lib.optionalAttrs isDeclared (
    lib.mkMerge [
      (lib.mkIf (cfg.enable && top.apiserver.enable) {
        services.kube-oidc.detectedDistributions = lib.mkBefore [ "kubernetes" ];
      })

      (lib.mkIf isActive {
        services.kube-oidc.apiServer = {
          inherit (top.package) version;
          flags = given;
          flagsOption = "services.kubernetes.apiserver.extraOpts";
          serviceAccountIssuers = [
            top.apiserver.serviceAccountIssuer
          ]
          ++ valuesOf "service-account-issuer";
          featureGates = gatesOf top.apiserver.featureGates;
          authenticationConfig = path;
          checkPackage = top.package;
          kubeconfig = lib.mkIf (top.pki.enable && clusterAdmin != null) "/etc/${clusterAdmin}";
          unit = "kube-apiserver";
          localUrl = "https://${host}:${toString (valueOf "secure-port" top.apiserver.securePort)}";
          problems =
            lib.optional (!top.apiserver.enable)
              "services.kubernetes.apiserver.enable is off, so this machine has no API server to configure: enable services.kube-oidc only on masters, or set services.kube-oidc.distribution = \"file\""
            ++ lib.optional (flags.breaksLine top.apiserver.extraOpts) (
              flags.breakProblem "services.kubernetes.apiserver.extraOpts"
            );
          manifestProblems =
            lib.optional (!(authorizes "RBAC"))
              "services.kubernetes.apiserver.authorizationMode has no \"RBAC\", so they would have no effect: add it"
            ++
              lib.optional (cfg.kubeconfig == null)
                "services.kube-oidc.kubeconfig is null, because NixOS creates no admin kubeconfig without services.kubernetes.pki.enable (or easyCerts): enable one of these, or set it";
        };

        # Appended to the user's definitions, which are joined with spaces.
        services.kubernetes.apiserver.extraOpts = lib.mkAfter "--authentication-config=${path}";
      })
    ]
  );
}
