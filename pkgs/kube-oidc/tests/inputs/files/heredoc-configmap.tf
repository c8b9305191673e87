resource "kubectl_manifest" "auth" {
  yaml_body = <<-YAML
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: auth}
    data:
      auth.yaml: |
        apiVersion: apiserver.config.k8s.io/v1
        kind: AuthenticationConfiguration
        jwt:
        - issuer:
            url: http://issuer.example
            audiences: [cluster]
          claimMappings:
            username: {claim: sub, prefix: "x:"}
  YAML
}
