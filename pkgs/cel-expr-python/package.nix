# The CEL project's own C++ runtime for Python, from the wheels that it publishes: nothing in it needs a build here.
{
  lib,
  stdenv,
  autoPatchelfHook,
  buildPythonPackage,
  fetchPypi,
  python,
}:
let
  pname = "cel-expr-python";
  version = "0.1.3";

  # "cp313"
  tag = "cp${lib.replaceStrings [ "." ] [ "" ] python.pythonVersion}";
  wheels = lib.importJSON ./wheels.json;
  system = stdenv.hostPlatform.system;
  wheel =
    wheels.${tag}.${system}
      or (throw "${pname} ${version} has no wheel for Python ${python.pythonVersion} on ${system}; it has CPython 3.11 to 3.14 on ${lib.concatStringsSep ", " (builtins.attrNames wheels.cp313)}");
in
buildPythonPackage {
  inherit pname version;
  format = "wheel";

  src = fetchPypi {
    pname = "cel_expr_python";
    inherit version;
    inherit (wheel) hash platform;
    format = "wheel";
    dist = tag;
    python = tag;
    abi = tag;
  };

  nativeBuildInputs = lib.optional stdenv.hostPlatform.isLinux autoPatchelfHook;
  buildInputs = lib.optional stdenv.hostPlatform.isLinux stdenv.cc.cc.lib;

  pythonImportsCheck = [
    "cel_expr_python.cel"
    "cel_expr_python.ext.ext_optional"
    "cel_expr_python.ext.ext_strings"
  ];

  meta = {
    description = "Common Expression Language for Python, the CEL project's C++ runtime";
    homepage = "https://github.com/cel-expr/cel-python";
    license = lib.licenses.asl20;
    sourceProvenance = [ lib.sourceTypes.binaryNativeCode ];
    platforms = builtins.attrNames wheels.cp313;
  };
}
