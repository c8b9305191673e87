"""`kube-oidc workflow`: the job that deploys, in the language of a forge, from a grant or from flags."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from kube_oidc.commands import EXIT_VALID, CommandError
from kube_oidc.commands.arguments import add_renamed
from kube_oidc.commands.reading import read_or_stdin
from kube_oidc.providers.files import providers

if TYPE_CHECKING:
    from kube_oidc.ci.workflow import Deployment
    from kube_oidc.ci.workflow.grant import Grant


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments; flags complete the grant's values."""
    grant = parser.add_argument_group("from the NixOS configuration")
    source = grant.add_mutually_exclusive_group()
    source.add_argument("--flake", metavar="FLAKE#HOST", help="the machine, evaluated with nix: .#server")
    source.add_argument(
        "--options",
        metavar="FILE",
        help="services.kube-oidc's issuers and grants as JSON; - for standard input",
    )
    add_renamed(source, "--config", "--options", "options")
    grant.add_argument("--grant", metavar="NAME", help="the job's grant")
    parser.add_argument("--provider", choices=sorted(_languages()), help="the forge")
    parser.add_argument(
        "--audience", metavar="A", help="an audience from the cluster's jwt[].issuer.audiences"
    )
    parser.add_argument("--namespace", metavar="NAME", help="the namespace to deploy to")
    _add_purpose(parser.add_argument_group("what the job does"))
    _add_job(parser.add_argument_group("the job"))


def _add_purpose(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--deployment", metavar="NAME", help="the Deployment to update")
    group.add_argument("--container", metavar="NAME", help="default: the Deployment's name")
    group.add_argument(
        "--image", metavar="IMAGE", help="set this image and wait for the rollout; default tag: the commit"
    )
    other = group.add_mutually_exclusive_group()
    other.add_argument("--restart", action="store_true", help="restart the Deployment instead")
    other.add_argument(
        "--run",
        dest="commands",
        action="append",
        metavar="COMMAND",
        help="run this in the checked-out repository instead (repeatable): 'kubectl apply -k deploy'",
    )
    other.add_argument(
        "--helm", nargs=2, metavar=("RELEASE", "CHART"), help="install or upgrade this release instead"
    )
    before = group.add_mutually_exclusive_group()
    before.add_argument(
        "--build", action="store_true", help="add a job that builds the image (Forgejo, GitHub)"
    )
    before.add_argument("--needs", default="", metavar="JOB", help="wait for this job of the same file")


def _add_job(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--branch",
        action="append",
        metavar="NAME",
        help="run on pushes to this branch (repeatable); default: main",
    )
    group.add_argument(
        "--tag", action="append", metavar="NAME", help="run on pushes of this tag (repeatable); default: none"
    )
    group.add_argument(
        "--credentials",
        choices=("curl", "plugin", "action"),
        default="curl",
        help="how kubectl gets its token: curl, `kube-oidc token`, or the action; default: %(default)s",
    )
    group.add_argument("--action", default="", metavar="OWNER/REPO@COMMIT", help="with --credentials action")
    group.add_argument(
        "--runs-on",
        default="ubuntu-latest",
        metavar="LABEL",
        help="runner label; default: %(default)s",
    )
    group.add_argument(
        "--timeout",
        default="120s",
        metavar="TIME",
        help="time limit for the rollout; default: %(default)s",
    )
    group.add_argument(
        "--kubeconfig-variable",
        default="KUBERNETES_CONFIG",
        metavar="NAME",
        help="CI variable with the kubeconfig; default: %(default)s",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the file on stdout and notes on stderr; return 0. CommandError: usage or I/O error."""
    from kube_oidc.ci.workflow import Credentials, WorkflowError, render

    _check_purpose(arguments)
    try:
        grant = _grant(arguments)
        provider = _agree("--provider", arguments.provider, grant.provider if grant else "")
        text = render(_language(provider), _deployment(arguments, grant), Credentials(arguments.credentials))
    except WorkflowError as error:
        raise CommandError(str(error)) from None
    sets_image = not (arguments.commands or arguments.helm)
    for note in grant.notes if grant else ():
        if sets_image or not note.about_verbs:
            print(f"kube-oidc workflow: {note.text}", file=sys.stderr)  # noqa: T201
    sys.stdout.write(text)
    return EXIT_VALID


def _check_purpose(arguments: argparse.Namespace) -> None:
    """CommandError if what the job does needs an option that is missing."""
    if arguments.build and not arguments.image:
        raise CommandError("--build requires --image, the image to build")
    if arguments.commands or arguments.helm:
        return
    if not arguments.deployment:
        raise CommandError("missing --deployment (or use --run COMMAND or --helm RELEASE CHART)")
    if not (arguments.image or arguments.restart):
        raise CommandError("missing --image, or --restart, --run COMMAND or --helm RELEASE CHART instead")
    if arguments.image and arguments.restart:
        raise CommandError("--restart keeps the image: remove --image")


def _languages() -> dict[str, str]:
    """The workflow language of each provider that has one."""
    return {name: facts["workflow"] for name, facts in providers().items() if "workflow" in facts}


def _language(provider: str) -> str:
    languages = _languages()
    if provider not in languages:
        raise CommandError(
            f"provider {provider!r} has no workflow files: --provider takes {', '.join(sorted(languages))}"
        )
    return languages[provider]


def _grant(arguments: argparse.Namespace) -> Grant | None:
    given = arguments.options is not None or arguments.flake is not None
    if given != (arguments.grant is not None):
        raise CommandError("--grant requires --flake or --options, and each of them requires --grant")
    if not given:
        needed = ("provider", "audience", "namespace")
        if missing := [f"--{name}" for name in needed if not getattr(arguments, name)]:
            raise CommandError(f"missing {', '.join(missing)} (or use --flake or --options with --grant)")
        return None
    from kube_oidc.ci.workflow.grant import read

    return read(_options(arguments), arguments.grant)


def _options(arguments: argparse.Namespace) -> object:
    if arguments.flake is not None:
        from kube_oidc.ci.workflow.flake import options_of

        return options_of(arguments.flake)
    import json

    try:
        return json.loads(read_or_stdin(arguments.options))
    except (ValueError, RecursionError):
        raise CommandError(f"{arguments.options}: invalid JSON") from None


def _deployment(arguments: argparse.Namespace, grant: Grant | None) -> Deployment:
    from kube_oidc.ci.workflow import Deployment

    branches, tags = arguments.branch or (), arguments.tag or ()
    if grant and not (branches or tags):
        branches, tags = grant.branches, grant.tags
    return Deployment(
        audience=_agree("--audience", arguments.audience, grant.audience if grant else ""),
        namespace=_namespace(arguments.namespace, grant.namespaces if grant else ()),
        name=arguments.deployment or "",
        container=arguments.container or arguments.deployment or "",
        image=arguments.image or "",
        run=tuple(arguments.commands or ()),
        helm=tuple(arguments.helm or ()),
        restart=arguments.restart,
        build=arguments.build,
        needs=arguments.needs,
        branches=tuple(branches) if branches or tags else ("main",),
        tags=tuple(tags),
        environment=grant.environment if grant else "",
        timeout=arguments.timeout,
        runs_on=arguments.runs_on,
        kubeconfig_variable=arguments.kubeconfig_variable,
        action=arguments.action,
    )


def _agree(flag: str, given: str | None, granted: str) -> str:
    """The flag's or the grant's value. CommandError if they differ: the cluster would refuse the job."""
    if given and granted and given != granted:
        raise CommandError(f"{flag} {given!r} differs from the grant's {granted!r}")
    if not (given or granted):
        raise CommandError(f"missing {flag} (or use --flake or --options with --grant)")
    return given or granted


def _namespace(given: str | None, granted: tuple[str, ...]) -> str:
    if given and granted and given not in granted:
        raise CommandError(f"--namespace {given!r} is not one of the grant's: {', '.join(granted)}")
    if given or len(granted) == 1:
        return given or granted[0]
    raise CommandError(f"missing --namespace{' (choose from ' + ', '.join(granted) + ')' if granted else ''}")
