resource "talos_machine_configuration_apply" "cp" {
  config_patches = [
    yamlencode({
      machine = {
        files = [{
          path    = "/var/auth.yaml"
          op      = "create"
          content = yamlencode({
            apiVersion = "apiserver.config.k8s.io/v1"
            kind       = "AuthenticationConfiguration"
            jwt = [{
              issuer = {
                url       = "http://issuer.example" # replace
                audiences = ["cluster"]
              }
              claimMappings = { username = { claim = "sub", prefix = "x:" } }
            }]
          })
        }]
      }
    })
  ]
}
