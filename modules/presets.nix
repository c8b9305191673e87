# Pure data: the verbs that common tasks need, and no others; tests/eval/test_presets.py proves it with the real kubectl.
let
  read = [
    "get"
    "list"
    "watch"
  ];
  change = [
    "get"
    "create"
    "patch"
  ];
  workloads = [
    "daemonsets"
    "deployments"
    "statefulsets"
  ];
  batch = [
    "cronjobs"
    "jobs"
  ];

  rule = apiGroup: resources: verbs: {
    apiGroups = [ apiGroup ];
    inherit resources verbs;
  };
in
{
  deploy = {
    description = "what `kubectl set image`, `rollout restart` and `rollout status` need on Deployments: get, list, watch and patch";
    rules = [ (rule "apps" [ "deployments" ] (read ++ [ "patch" ])) ];
  };

  apply = {
    description = "what `kubectl apply` needs on ConfigMaps, Services, Jobs, CronJobs and Ingresses (get, create, patch), and with `rollout status` on DaemonSets, Deployments and StatefulSets (list and watch too); no Secrets, and nothing is deleted";
    rules = [
      (rule "" [ "configmaps" "services" ] change)
      (rule "apps" workloads (
        change
        ++ [
          "list"
          "watch"
        ]
      ))
      (rule "batch" batch change)
      (rule "networking.k8s.io" [ "ingresses" ] change)
    ];
  };

  view = {
    description = "what `kubectl get`, `get --watch` and `logs` need on ConfigMaps, events, pods, Services, workloads, Jobs, CronJobs and Ingresses: get, list and watch; no Secrets";
    rules = [
      (rule "" [ "configmaps" "events" "pods" "services" ] read)
      (rule "" [ "pods/log" ] [ "get" ])
      (rule "apps" (workloads ++ [ "replicasets" ]) read)
      (rule "batch" batch read)
      (rule "networking.k8s.io" [ "ingresses" ] read)
    ];
  };
}
