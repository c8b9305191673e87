package main

import (
	"context"

	"k8s.io/apiserver/pkg/apis/apiserver"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/cel"
	"k8s.io/apiserver/plugin/pkg/authenticator/token/oidc"
)

func newAuthenticator(settings oidc.Options) (authenticator.Token, error) {
	return oidc.New(context.Background(), settings)
}

func disallow(settings *oidc.Options, issuers []string) {
	settings.DisallowedIssuers = issuers
}

// withoutDiscovery: keys at hand and a discoveryURL exclude each other, and it plays no part once the keys are there.
func withoutDiscovery(jwt *apiserver.JWTAuthenticator) {
	jwt.Issuer.DiscoveryURL = ""
}

func outputType(result cel.CompilationResult) string {
	return result.AST.OutputType().String()
}

// signingAlgorithms are those of a server with a file (k8s.io/kubernetes/pkg/kubeapiserver/options).
func signingAlgorithms() []string { return oidc.AllValidSigningAlgorithms() }
