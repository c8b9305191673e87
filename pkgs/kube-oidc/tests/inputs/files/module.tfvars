authentication_config = {
  "apiVersion" = "apiserver.config.k8s.io/v1"
  "kind" = "AuthenticationConfiguration"
  "jwt" = [
    {
      "issuer" = {
        "url" = "http://issuer.example",
        "audiences" = ["cluster"]
      }
      "claimMappings" = {
        "username" = {
          "claim" = "sub"
          "prefix" = "x:"
        }
      }
    },
  ]
}
