{
  description = "Keyless deploys to Kubernetes on NixOS: a module and a checker for kube-apiserver's AuthenticationConfiguration";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      linux = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      # The checker runs on macOS as well; the module and the demo are Linux.
      everywhere = linux ++ [ "aarch64-darwin" ];
      forEach = systems: f: lib.genAttrs systems (system: f nixpkgs.legacyPackages.${system});
      isLinux = pkgs: pkgs.stdenv.hostPlatform.isLinux;
      program = package: description: {
        type = "app";
        program = lib.getExe package;
        meta = { inherit description; };
      };
    in
    {
      nixosModules = {
        default = self.nixosModules.kube-oidc;
        kube-oidc = ./modules;
      };

      # checks = kube-oidc.lib.checks { inherit self; }; or, with flake-parts, imports = [ kube-oidc.flakeModules.default ];
      lib.checks = import ./modules/checks.nix { inherit lib; };
      flakeModules.default = ./modules/flake-module.nix;

      overlays.default = import ./pkgs/overlay.nix;

      packages = forEach everywhere (
        pkgs:
        let
          ours = pkgs.extend self.overlays.default;
        in
        {
          default = ours.kube-oidc;
          inherit (ours) kube-oidc;
          site = ours.kube-oidc-site;
          zipapp = ours.kube-oidc-zipapp;
        }
      );

      apps = forEach everywhere (
        pkgs:
        let
          ours = pkgs.extend self.overlays.default;
        in
        {
          default = program ours.kube-oidc "checks and explains an AuthenticationConfiguration";
        }
        // lib.optionalAttrs (isLinux pkgs) {
          demo = program (import ./pkgs/demo.nix {
            pkgs = ours;
            source = self;
          }) "the story on real processes";
        }
      );

      checks = forEach everywhere (
        pkgs:
        import ./tests/checks.nix {
          inherit self;
          pkgs = pkgs.extend self.overlays.default;
        }
      );

      devShells = forEach everywhere (pkgs: {
        default = import ./shell.nix { pkgs = pkgs.extend self.overlays.default; };
      });

      formatter = forEach everywhere (pkgs: pkgs.nixfmt-tree);

      templates = {
        default = self.templates.forgejo;
        forgejo = {
          path = ./templates/forgejo;
          description = "services.kubernetes, deployed to by Forgejo Actions without a stored credential";
        };
        k3s = {
          path = ./templates/k3s;
          description = "services.k3s, deployed to by Forgejo Actions without a stored credential";
        };
      };
    };
}
