//go:build !since_1_34

package main

import (
	"context"
	"encoding/json"
	_ "unsafe" // go:linkname

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apiserver/pkg/authentication/cel"
	"k8s.io/apiserver/pkg/authentication/user"
)

//go:linkname convertObjectToUnstructured k8s.io/apiserver/plugin/pkg/authenticator/token/oidc.convertObjectToUnstructured
func convertObjectToUnstructured(object any) (*unstructured.Unstructured, error)

//go:linkname convertUserInfoToUnstructured k8s.io/apiserver/plugin/pkg/authenticator/token/oidc.convertUserInfoToUnstructured
func convertUserInfoToUnstructured(info user.Info) (*unstructured.Unstructured, error)

func evaluateClaims(ctx context.Context, result cel.CompilationResult, claims map[string]json.RawMessage) (cel.EvaluationResult, error) {
	object, err := convertObjectToUnstructured(&claims)
	if err != nil {
		return cel.EvaluationResult{}, err
	}
	return cel.NewClaimsMapper([]cel.CompilationResult{result}).EvalClaimMapping(ctx, object)
}

func evaluateUser(ctx context.Context, result cel.CompilationResult, info user.Info) (cel.EvaluationResult, error) {
	object, err := convertUserInfoToUnstructured(info)
	if err != nil {
		return cel.EvaluationResult{}, err
	}
	results, err := cel.NewUserMapper([]cel.CompilationResult{result}).EvalUser(ctx, object)
	if err != nil {
		return cel.EvaluationResult{}, err
	}
	return results[0], nil
}
