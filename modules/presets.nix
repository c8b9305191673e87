# Pure data: the verbs that common work needs, and no more; each is proved with the real kubectl.
let
  read = [
    "get"
    "list"
    "watch"
  ];
  workloads = [
    "daemonsets"
    "deployments"
    "statefulsets"
  ];
in
{
  deploy = {
    description = "what `kubectl set image`, `rollout restart` and `rollout status` need on a Deployment: get, list, watch and patch";
    rules = [
      {
        apiGroups = [ "apps" ];
        resources = [ "deployments" ];
        verbs = read ++ [ "patch" ];
      }
    ];
  };

  apply = {
    description = "what `kubectl apply` and `rollout status` need on ConfigMaps, Services, workloads, Jobs and Ingresses: get, list, watch, create and patch; no Secrets, nothing deleted";
    rules = [
      {
        apiGroups = [ "" ];
        resources = [
          "configmaps"
          "services"
        ];
        verbs = read ++ [
          "create"
          "patch"
        ];
      }
      {
        apiGroups = [ "apps" ];
        resources = workloads;
        verbs = read ++ [
          "create"
          "patch"
        ];
      }
      {
        apiGroups = [ "batch" ];
        resources = [
          "cronjobs"
          "jobs"
        ];
        verbs = read ++ [
          "create"
          "patch"
        ];
      }
      {
        apiGroups = [ "networking.k8s.io" ];
        resources = [ "ingresses" ];
        verbs = read ++ [
          "create"
          "patch"
        ];
      }
    ];
  };

  view = {
    description = "get, list and watch on ConfigMaps, events, pods and their logs, Services, workloads, Jobs and Ingresses; no Secrets";
    rules = [
      {
        apiGroups = [ "" ];
        resources = [
          "configmaps"
          "events"
          "pods"
          "pods/log"
          "services"
        ];
        verbs = read;
      }
      {
        apiGroups = [ "apps" ];
        resources = workloads ++ [ "replicasets" ];
        verbs = read;
      }
      {
        apiGroups = [ "batch" ];
        resources = [
          "cronjobs"
          "jobs"
        ];
        verbs = read;
      }
      {
        apiGroups = [ "networking.k8s.io" ];
        resources = [ "ingresses" ];
        verbs = read;
      }
    ];
  };
}
