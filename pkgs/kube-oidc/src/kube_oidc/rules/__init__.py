"""What kube-apiserver accepts although it is risky: one folder per finding, and the engine that runs them.

A folder's name is the finding's id, with underscores. It holds

- `rule.py` (looks at an AuthenticationConfiguration) or `grant_rule.py` (looks at RBAC grants):
  the metadata `RULE` and one pure function `check`,
- `page.md`, the user's page: the risk, a bad and a good example, the fix,
- `bad.yaml` and `good.yaml`, which the tests run, and `cases.yaml` if the rule has more cases.

`engine/registry.py` discovers the folders; nothing else lists them.
"""
