package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"time"
	"unsafe"

	"k8s.io/apiserver/pkg/apis/apiserver"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/token/union"
	"k8s.io/apiserver/plugin/pkg/authenticator/token/oidc"
)

// noNetwork refuses every request: distributed claims end here, as they do without a network.
type noNetwork struct{}

func (noNetwork) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("the reference has no network")
}

// clock is what the authenticators of this process take for now.
var clock = time.Now

type authenticators struct {
	token authenticator.Token
	err   error
}

// known holds the authenticators of the configurations asked for last: building one compiles its expressions.
var known = map[string]authenticators{}

func authenticate(asked request) answer {
	key := fmt.Sprintf("%q %q %q", asked.config(), asked.ServiceAccountIssuers, asked.published())
	built, ok := known[key]
	if !ok {
		if len(known) >= 64 {
			clear(known)
		}
		built.token, built.err = build(asked)
		known[key] = built
	}
	if built.err != nil {
		return answer{"authenticated": false, "invalid": built.err.Error()}
	}
	clock = time.Now
	if asked.Now != nil {
		clock = func() time.Time { return time.Unix(*asked.Now, 0) }
	}
	response, ok, err := built.token.AuthenticateToken(context.Background(), asked.token())
	if err != nil {
		return answer{"authenticated": false, "error": err.Error()}
	}
	if !ok {
		return answer{"authenticated": false, "error": nil}
	}
	user := response.User
	return answer{"authenticated": true, "user": answer{
		"username": user.GetName(), "uid": user.GetUID(), "groups": orEmpty(user.GetGroups()), "extra": user.GetExtra(),
	}}
}

func build(asked request) (authenticator.Token, error) {
	configuration, err := load(asked.config())
	if err != nil {
		return nil, err
	}
	if errs := validateConfiguration(configuration, asked.ServiceAccountIssuers); len(errs) > 0 {
		return nil, errs.ToAggregate()
	}
	var chain []authenticator.Token
	for _, jwt := range configuration.JWT {
		one, err := newAuthenticator(options(jwt, asked))
		if err != nil {
			return nil, fmt.Errorf("authenticator: %w", err)
		}
		chain = append(chain, one)
	}
	return union.NewFailOnError(chain...), nil
}

// options are those of kube-apiserver, but for keys in place of discovery, and a clock.
func options(jwt apiserver.JWTAuthenticator, asked request) oidc.Options {
	withoutDiscovery(&jwt)
	settings := oidc.Options{
		JWTAuthenticator:     jwt,
		KeySet:               asked.keySet(),
		Client:               &http.Client{Transport: noNetwork{}},
		SupportedSigningAlgs: signingAlgorithms(),
	}
	disallow(&settings, asked.ServiceAccountIssuers)
	now := reflect.ValueOf(&settings).Elem().FieldByName("now")
	reflect.NewAt(now.Type(), unsafe.Pointer(now.UnsafeAddr())).Elem().Set(reflect.ValueOf(func() time.Time { return clock() }))
	return settings
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
