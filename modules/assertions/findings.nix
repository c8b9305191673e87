# Pure: whether acknowledged findings exist.
{ lib }:
cfg:
let
  known = import ../finding-ids.nix { inherit lib; };

  # Probably meant: an ID with the same first or last word.
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
  message = "services.kube-oidc.acknowledgedFindings.\"${id}\": no finding has this ID. Use one of: ${lib.concatStringsSep ", " (candidates id)}, or remove it.";
}) (builtins.attrNames cfg.acknowledgedFindings)
