const auth = new k8s.core.v1.ConfigMap("auth", { data: { "auth.yaml": `
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer:
    url: http://issuer.example
    audiences: [cluster]
  claimMappings:
    username: {claim: sub, prefix: "x:"}
`}});
