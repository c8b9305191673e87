# Alerting rules for services.prometheus, on the machine that runs it: it doesn't need services.kube-oidc.enable.
{ config, lib, ... }:
{
  options.services.kube-oidc.alerts.enable = lib.mkOption {
    type = lib.types.bool;
    default = false;
    example = true;
    description = ''
      Add alerting rules to `services.prometheus.ruleFiles`: a failed reload, an unexpected file, an unreachable issuer,
      stale keys. Prometheus must scrape the API servers, and for some rules the output of
      `kube-oidc status --format prometheus` through node exporter's textfile collector.
    '';
  };

  config = lib.mkIf config.services.kube-oidc.alerts.enable {
    services.prometheus.ruleFiles = [ ./alerts.yaml ];
  };
}
