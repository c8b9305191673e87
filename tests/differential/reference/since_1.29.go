//go:build !since_1_30

package main

import (
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/apis/apiserver"
	"k8s.io/apiserver/pkg/apis/apiserver/validation"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/cel"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/apiserver/pkg/features"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/apiserver/plugin/pkg/authenticator/token/oidc"
)

// prepareFeatureGates turns on what a 1.29 server needs before it takes a file at all.
func prepareFeatureGates() {
	gates := map[string]bool{string(features.StructuredAuthenticationConfiguration): true}
	if err := utilfeature.DefaultMutableFeatureGate.SetFromMap(gates); err != nil {
		panic(err)
	}
}

func validateConfiguration(configuration *apiserver.AuthenticationConfiguration, _ []string) field.ErrorList {
	return validation.ValidateAuthenticationConfiguration(configuration)
}

func newAuthenticator(settings oidc.Options) (authenticator.Token, error) {
	return oidc.New(settings)
}

func disallow(*oidc.Options, []string) {}

func withoutDiscovery(*apiserver.JWTAuthenticator) {}

func newCompiler() cel.Compiler {
	return cel.NewCompiler(environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()))
}

// outputType is not known: 1.29 keeps the program alone.
func outputType(cel.CompilationResult) string { return "" }

// signingAlgorithms: 1.29 passes none with a file, which leaves RS256 alone.
func signingAlgorithms() []string { return nil }
