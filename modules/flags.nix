# Pure: the words and flags of a command line, parsed like the programs do.
{ lib }:
rec {
  # A line break ends the line of a unit, even inside quotes; after a backslash it is a space.
  joined = lib.replaceStrings [ "\\\n" ] [ " " ];
  breaksLine = text: lib.hasInfix "\n" (joined text);
  breakProblem =
    option:
    "${option} has a line break, and systemd ignores everything after it: write all flags in one line, or end every line with a backslash";

  # A string as systemd splits it: white space separates, ' and " quote, \ takes the next character as it is.
  words =
    text:
    let
      step =
        state: char:
        if state.escaped then
          state
          // {
            escaped = false;
            word = (if state.word == null then "" else state.word) + char;
          }
        else if char == "\\" && state.quote != "'" then
          state // { escaped = true; }
        else if state.quote != null then
          if char == state.quote then state // { quote = null; } else state // { word = state.word + char; }
        else if char == "'" || char == "\"" then
          state
          // {
            quote = char;
            word = if state.word == null then "" else state.word;
          }
        else if
          lib.elem char [
            " "
            "\t"
            "\n"
          ]
        then
          finish state
        else
          state // { word = (if state.word == null then "" else state.word) + char; };
      finish =
        state:
        if state.word == null then
          state
        else
          state
          // {
            word = null;
            done = state.done ++ [ state.word ];
          };
      start = {
        done = [ ];
        word = null;
        quote = null;
        escaped = false;
      };
    in
    (finish (lib.foldl' step start (lib.stringToCharacters (joined text)))).done;

  # `[ { name; value; } ]` of `--name=value`, `--name value` and `--name`; value is null for the latter. Kubernetes'
  # programs accept `_` for `-` in names (k8s.io/component-base/cli/flag, WordSepNormalizeFunc).
  parse =
    list:
    let
      flag =
        index: word:
        let
          parts = builtins.match "--([^=]+)(=(.*))?" word;
          next = if index + 1 < lib.length list then lib.elemAt list (index + 1) else "-";
        in
        lib.optional (parts != null) {
          name = lib.replaceStrings [ "_" ] [ "-" ] (lib.head parts);
          value =
            if lib.elemAt parts 1 != null then
              lib.elemAt parts 2
            else if lib.hasPrefix "-" next then
              null
            else
              next;
        };
    in
    lib.concatLists (lib.imap0 flag list);

  # The values of all flags of that name, in order.
  values = name: flags: map (flag: flag.value) (lib.filter (flag: flag.name == name) flags);

  has = name: flags: lib.any (flag: flag.name == name) flags;

  # All `--feature-gates=A=true,B=false` flags: { A = true; B = false; }. Parsed like kube-apiserver does, and like
  # kube_oidc/verdict/feature_gates.py, which says what is wrong; nothing if anything is.
  gates =
    flags:
    let
      pairs = lib.filter (part: part != "") (
        lib.concatMap (value: lib.splitString "," (toString value)) (values "feature-gates" flags)
      );
      parsed = map gate pairs;
    in
    if
      lib.elem null parsed || lib.length (lib.unique (map (gate: gate.component) parsed)) > 1
    then
      { }
    else
      lib.foldl' (known: gate: known // { ${gate.name} = gate.value; }) { } parsed;

  # "kube: Name = true" → { component; name; value; }, or null.
  gate =
    text:
    let
      parts = builtins.match "${space}(kube)?${space}(:${space})?([^=:]*[^=:[:space:]])${space}=${space}([^=:[:space:]]*)${space}" text;
      part = lib.elemAt parts;
      value = if parts == null then null else bool (part 3);
    in
    if value == null || (part 0 != null && part 1 == null) then
      null
    else
      {
        component = part 0;
        name = part 2;
        inherit value;
      };

  space = "[[:space:]]*";

  # Go's strconv.ParseBool: true, false or null.
  bool =
    text:
    if
      lib.elem text [
        "1"
        "t"
        "T"
        "TRUE"
        "true"
        "True"
      ]
    then
      true
    else if
      lib.elem text [
        "0"
        "f"
        "F"
        "FALSE"
        "false"
        "False"
      ]
    then
      false
    else
      null;

  # The API server's flags inside the words of a k3s or rke2 command: `--kube-apiserver-arg=name=value` or the value in
  # the next word, with one or two dashes; the name with or without them, and with the `+` or `-` that adds a value to
  # k3s' own (github.com/k3s-io/k3s, pkg/util/args.go).
  ofApiServer =
    list:
    let
      argument =
        index: word:
        let
          parts = builtins.match "--?kube-apiserver-arg(=(.*))?" word;
        in
        if parts == null then
          [ ]
        else if lib.head parts != null then
          [ (lib.last parts) ]
        else
          lib.optional (index + 1 < lib.length list) (lib.elemAt list (index + 1));
      flag =
        text:
        let
          parts = builtins.match "(--)?([^=]*[^=+-])[+-]*(=.*)?" text;
        in
        lib.optional (parts != null) "--${lib.elemAt parts 1}${toString (lib.last parts)}";
    in
    parse (lib.concatMap flag (lib.concatLists (lib.imap0 argument list)));
}
