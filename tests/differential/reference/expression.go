package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"k8s.io/apiserver/pkg/authentication/cel"
	"k8s.io/apiserver/pkg/authentication/user"
	apiservercel "k8s.io/apiserver/pkg/cel"
)

// compiler is costly to make and holds no state of what it compiled.
var compiler cel.Compiler

// accessor is the expression in the role that `kind` names: the role decides which types it may have.
func accessor(kind, expression string) cel.ExpressionAccessor {
	switch kind {
	case "claimValidation":
		return &cel.ClaimValidationCondition{Expression: expression}
	case "userValidation":
		return &cel.UserValidationCondition{Expression: expression}
	case "extra":
		return &cel.ExtraMappingExpression{Key: "example.org/key", Expression: expression}
	}
	return &cel.ClaimMappingExpression{Expression: expression}
}

func compiled(asked request) (cel.CompilationResult, error) {
	if compiler == nil {
		compiler = newCompiler()
	}
	if asked.Scope == "user" {
		return compiler.CompileUserExpression(accessor(asked.Kind, asked.Expression))
	}
	return compiler.CompileClaimsExpression(accessor(asked.Kind, asked.Expression))
}

func compile(asked request) answer {
	result, err := compiled(asked)
	if err != nil {
		return compileError(err)
	}
	return answer{"ok": true, "outputType": outputType(result)}
}

func compileError(err error) answer {
	var celError *apiservercel.Error
	if errors.As(err, &celError) {
		return answer{"ok": false, "error": celError.Detail, "errorType": string(celError.Type)}
	}
	return answer{"ok": false, "error": err.Error()}
}

func evaluate(asked request) answer {
	result, err := compiled(asked)
	if err != nil {
		response := compileError(err)
		response["compiled"] = false
		return response
	}
	program := &counting{Program: result.Program}
	result.Program = program
	value, err := run(asked, result)
	if err != nil {
		return answer{"ok": false, "compiled": true, "outputType": outputType(result), "error": err.Error(), "cost": program.cost}
	}
	typed, plainValue := describe(value.EvalResult)
	return answer{"ok": true, "type": value.EvalResult.Type().TypeName(), "value": plainValue, "typed": typed,
		"outputType": outputType(result), "goType": fmt.Sprintf("%T", value.EvalResult.Value()), "cost": program.cost}
}

func run(asked request, result cel.CompilationResult) (cel.EvaluationResult, error) {
	if asked.Scope != "user" {
		claims := map[string]json.RawMessage{}
		if err := json.Unmarshal(asked.payload(), &claims); err != nil {
			return cel.EvaluationResult{}, fmt.Errorf("claims: %w", err)
		}
		return evaluateClaims(context.Background(), result, claims)
	}
	given := struct {
		Username string              `json:"username"`
		UID      string              `json:"uid"`
		Groups   []string            `json:"groups"`
		Extra    map[string][]string `json:"extra"`
	}{}
	if err := json.Unmarshal(asked.payload(), &given); err != nil {
		return cel.EvaluationResult{}, fmt.Errorf("user: %w", err)
	}
	info := &user.DefaultInfo{Name: given.Username, UID: given.UID, Groups: given.Groups, Extra: given.Extra}
	return evaluateUser(context.Background(), result, info)
}
