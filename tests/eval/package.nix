# A package of which only the version matters.
version: {
  type = "derivation";
  name = "package-${version}";
  outPath = "/nix/store/00000000000000000000000000000000-package-${version}";
  inherit version;
}
