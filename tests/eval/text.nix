# YAML text and command lines, as other programs read them.
{ evaluate }:
let
  inherit (evaluate) lib;
  toYAML = import ../../modules/yaml.nix { inherit lib; };
  flags = import ../../modules/flags.nix { inherit lib; };

in
{

  testYamlQuotesAmbiguousStrings = {
    expr = toYAML { } [
      "true"
      "No"
      "null"
      "~"
      "1.0"
      "0x1f"
      "12:30"
      ""
      " a"
      "a: b"
      "a #b"
      "- a"
      "*a"
      "&a"
      "!a"
      "a:"
      "a\tb"
      "é"
      "a\\b"
      ''a"b''
      "https://a.example.org:8443/x"
      "forgejo:repo:a/b:ref:refs/heads/main"
    ];
    expected = ''
      - "true"
      - "No"
      - "null"
      - "~"
      - "1.0"
      - "0x1f"
      - "12:30"
      - ""
      - " a"
      - "a: b"
      - "a #b"
      - "- a"
      - "*a"
      - "&a"
      - "!a"
      - "a:"
      - "a\tb"
      - "é"
      - "a\\b"
      - "a\"b"
      - https://a.example.org:8443/x
      - forgejo:repo:a/b:ref:refs/heads/main
    '';
  };

  testYamlBlocks = {
    expr = toYAML { } {
      a = "x\n\ny\n";
      b = "x\ny";
      c = " x\ny\n";
      d = "x\n\n";
    };
    expected = "a: |\n  x\n\n  y\nb: |-\n  x\n  y\nc: \" x\\ny\\n\"\nd: \"x\\n\\n\"\n";
  };

  testYamlOfNestedLists = {
    expr = toYAML { } {
      a = [
        [
          1
          null
        ]
        { b = { }; }
        [ ]
      ];
    };
    expected = "a:\n  - - 1\n    - null\n  - b: {}\n  - []\n";
  };

  testFlagsAreParsedLikeTheServerDoes = {
    expr = flags.parse (flags.words ''--a=1 --b_c "two words" --d 'x'\ y --e --f=g=h -v 2 plain'');
    expected = [
      {
        name = "a";
        value = "1";
      }
      {
        name = "b-c";
        value = "two words";
      }
      {
        name = "d";
        value = "x y";
      }
      {
        name = "e";
        value = null;
      }
      {
        name = "f";
        value = "g=h";
      }
    ];
  };

  testFlagsOfK3s = {
    expr = flags.ofApiServer (
      flags.words "--disable traefik --kube-apiserver-arg=a=1 --kube-apiserver-arg b=2 --kube-apiserver-arg --c=3 --kubelet-arg=d=4"
    );
    expected = [
      {
        name = "a";
        value = "1";
      }
      {
        name = "b";
        value = "2";
      }
      {
        name = "c";
        value = "3";
      }
    ];
  };
}
