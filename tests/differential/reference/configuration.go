package main

import (
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/apis/apiserver"
	"k8s.io/apiserver/pkg/apis/apiserver/install"
)

var (
	scheme = runtime.NewScheme()
	codecs = serializer.NewCodecFactory(scheme, serializer.EnableStrict)
)

func init() {
	install.Install(scheme)
}

// load does with the file's bytes what kube-apiserver does
// (k8s.io/kubernetes/pkg/kubeapiserver/options, loadAuthenticationConfigFromData).
func load(data []byte) (*apiserver.AuthenticationConfiguration, error) {
	if len(data) == 0 {
		return nil, fmt.Errorf("empty config data")
	}
	object, err := runtime.Decode(codecs.UniversalDecoder(), data)
	if err != nil {
		return nil, err
	}
	configuration, ok := object.(*apiserver.AuthenticationConfiguration)
	if !ok {
		return nil, fmt.Errorf("expected AuthenticationConfiguration, got %T", object)
	}
	return configuration, nil
}

func validate(asked request) answer {
	configuration, err := load(asked.config())
	if err != nil {
		return answer{"valid": false, "decodeError": err.Error(), "errors": []any{}}
	}
	errors := validateConfiguration(configuration, asked.ServiceAccountIssuers)
	response := answer{"valid": len(errors) == 0, "decodeError": nil, "errors": fieldErrors(errors)}
	if aggregate := errors.ToAggregate(); aggregate != nil {
		response["aggregate"] = aggregate.Error()
	}
	return response
}

func fieldErrors(errors field.ErrorList) []answer {
	list := make([]answer, 0, len(errors))
	for _, err := range errors {
		list = append(list, answer{
			"type":     string(err.Type),
			"field":    err.Field,
			"badValue": plain(err.BadValue),
			"detail":   err.Detail,
			"text":     err.Error(),
		})
	}
	return list
}

// plain is the value if JSON can hold it, else how Go prints it.
func plain(value any) any {
	if _, err := json.Marshal(value); err != nil {
		return fmt.Sprint(value)
	}
	return value
}
