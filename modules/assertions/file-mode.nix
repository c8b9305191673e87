# Pure: whether the API server can read its file.
{ lib }:
{ file, user }:
let
  # "0440" → [ "4" "4" "0" ]: owner, group, others.
  digits = lib.takeEnd 3 (lib.stringToCharacters file.mode);
  isReadable =
    position:
    lib.elem (lib.elemAt digits position) [
      "4"
      "5"
      "6"
      "7"
    ];
  # A link into the store, which everyone can read.
  isLink = lib.hasSuffix "symlink" file.mode;
in
[
  {
    assertion =
      isLink
      || user == "root"
      || lib.length digits < 3
      || isReadable 2
      || (file.group or "root" == user && isReadable 1)
      || (file.user or "root" == user && isReadable 0);
    message = "environment.etc.\"kube-oidc/auth.yaml\".mode is \"${file.mode}\", so the API server (user ${user}) can't read its file and won't start. Remove that definition: services.kube-oidc sets \"0444\", and the file contains no secrets.";
  }
]
