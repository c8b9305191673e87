//go:build since_1_32

package main

import (
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/apis/apiserver"
	"k8s.io/apiserver/pkg/apis/apiserver/validation"
	"k8s.io/apiserver/pkg/authentication/cel"
)

func newCompiler() cel.Compiler {
	return cel.NewDefaultCompiler()
}

func validateConfiguration(configuration *apiserver.AuthenticationConfiguration, disallowedIssuers []string) field.ErrorList {
	if compiler == nil {
		compiler = newCompiler()
	}
	return validation.ValidateAuthenticationConfiguration(compiler, configuration, disallowedIssuers)
}
