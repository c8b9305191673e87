//go:build since_1_34

package main

import (
	"context"
	"encoding/json"
	_ "unsafe" // go:linkname

	"k8s.io/apiserver/pkg/authentication/cel"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/cel/lazy"
)

//go:linkname newClaimsValue k8s.io/apiserver/plugin/pkg/authenticator/token/oidc.newClaimsValue
func newClaimsValue(claims map[string]json.RawMessage) *lazy.MapValue

//go:linkname newUserInfoValue k8s.io/apiserver/plugin/pkg/authenticator/token/oidc.newUserInfoValue
func newUserInfoValue(info user.Info) *lazy.MapValue

func evaluateClaims(ctx context.Context, result cel.CompilationResult, claims map[string]json.RawMessage) (cel.EvaluationResult, error) {
	return cel.NewClaimsMapper([]cel.CompilationResult{result}).EvalClaimMapping(ctx, newClaimsValue(claims))
}

func evaluateUser(ctx context.Context, result cel.CompilationResult, info user.Info) (cel.EvaluationResult, error) {
	results, err := cel.NewUserMapper([]cel.CompilationResult{result}).EvalUser(ctx, newUserInfoValue(info))
	if err != nil {
		return cel.EvaluationResult{}, err
	}
	return results[0], nil
}
