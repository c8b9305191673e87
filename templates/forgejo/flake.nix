{
  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
    kube-oidc.url = "github:OWNER/kube-oidc"; # where you have this flake from
    kube-oidc.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs =
    { nixpkgs, kube-oidc, ... }:
    {
      nixosConfigurations.cluster = nixpkgs.lib.nixosSystem {
        system = "x86_64-linux";
        modules = [
          kube-oidc.nixosModules.default
          ./configuration.nix
        ];
      };
    };
}
