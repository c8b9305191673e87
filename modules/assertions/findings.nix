# Findings that are acknowledged: by ids that there are.
{ lib }:
cfg:
let
  known = import ../finding-ids.nix { inherit lib; };

  # What is probably meant: an id that shares its first word or its last.
  words = lib.splitString "-";
  near =
    id:
    lib.filter (
      other: lib.head (words other) == lib.head (words id) || lib.last (words other) == lib.last (words id)
    ) known;

  candidates = id: if near id == [ ] then known else near id;
in
map (id: {
  assertion = lib.elem id known;
  message = "services.kube-oidc.acknowledgedFindings.\"${id}\": there is no finding of this id. Write one of: ${lib.concatStringsSep ", " (candidates id)}, or remove it.";
}) (builtins.attrNames cfg.acknowledgedFindings)
