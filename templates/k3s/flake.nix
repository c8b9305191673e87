{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
    kube-oidc.url = "path:/etc/nixos/kube-oidc"; # a clone
    kube-oidc.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs =
    {
      self,
      nixpkgs,
      kube-oidc,
      ...
    }:
    {
      nixosConfigurations.cluster = nixpkgs.lib.nixosSystem {
        system = "x86_64-linux";
        modules = [
          kube-oidc.nixosModules.default
          ./configuration.nix
        ];
      };

      # `nix flake check` builds and checks /etc/kube-oidc/auth.yaml of every machine.
      checks = kube-oidc.lib.checks { inherit self; };
    };
}
