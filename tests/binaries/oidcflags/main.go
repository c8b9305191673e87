// Oidcflags asks kube-apiserver's own option code what it makes of its flags, and what becomes of tokens under them.
//
// JSON lines: {"flags": ["--oidc-issuer-url=..."], "tokens": [{"alg": "RS256", "payload": "{...}"}]} on stdin,
// {"authenticator": {...}, "algorithms": [...], "tokens": [{"user": {...}} | {"error": "..."}]} or {"error": "..."} on
// stdout. Both the old flags and --authentication-config go through the same code, kube-apiserver's.
package main

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/apiserver/pkg/apis/apiserver"
	token "k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/plugin/pkg/authenticator/token/oidc"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/kubeapiserver/authenticator"
	"k8s.io/kubernetes/pkg/kubeapiserver/options"
)

type question struct {
	Flags  []string `json:"flags"`
	Tokens []struct {
		Algorithm string `json:"alg"`
		Payload   string `json:"payload"`
	} `json:"tokens"`
}

type answer map[string]any

// anyKey takes every signature for good: whether the algorithm is allowed is decided before it is asked.
type anyKey struct{}

func (anyKey) VerifySignature(_ context.Context, token string) ([]byte, error) {
	return base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[1])
}

func main() {
	klog.SetOutput(io.Discard)
	klog.LogToStderr(false)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 64<<20)
	encoder := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		if err := encoder.Encode(reply(asked)); err != nil {
			panic(err)
		}
	}
}

func reply(asked question) answer {
	config, err := configuration(asked.Flags)
	if err != nil {
		return answer{"error": err.Error()}
	}
	if len(config.AuthenticationConfig.JWT) != 1 {
		return answer{"error": "no JWT authenticator"}
	}
	jwt := config.AuthenticationConfig.JWT[0]
	verifier, err := newVerifier(jwt, config.OIDCSigningAlgs)
	if err != nil {
		return answer{"error": err.Error()}
	}
	tokens := []answer{}
	for _, each := range asked.Tokens {
		tokens = append(tokens, authenticate(verifier, each.Algorithm, each.Payload))
	}
	return answer{"authenticator": jwt, "algorithms": config.OIDCSigningAlgs, "tokens": tokens}
}

func configuration(flags []string) (authenticator.Config, error) {
	chosen := options.NewBuiltInAuthenticationOptions().WithOIDC()
	set := pflag.NewFlagSet("kube-apiserver", pflag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.SetNormalizeFunc(cliflag.WordSepNormalizeFunc)
	chosen.AddFlags(set)
	if err := set.Parse(flags); err != nil {
		return authenticator.Config{}, err
	}
	for _, err := range chosen.Validate() {
		return authenticator.Config{}, err
	}
	return chosen.ToAuthenticationConfig()
}

// newVerifier is what kube-apiserver makes of it when it starts, but for the keys and the network.
func newVerifier(jwt apiserver.JWTAuthenticator, algorithms []string) (token.Token, error) {
	jwt.Issuer.CertificateAuthority = ""
	return oidc.New(context.Background(), oidc.Options{
		JWTAuthenticator:     jwt,
		KeySet:               anyKey{},
		Client:               &http.Client{},
		SupportedSigningAlgs: algorithms,
	})
}

func authenticate(verifier token.Token, algorithm, payload string) answer {
	encode := base64.RawURLEncoding.EncodeToString
	compact := encode([]byte(`{"alg":"`+algorithm+`"}`)) + "." + encode([]byte(payload)) + ".c2lnbmF0dXJl"
	response, ok, err := verifier.AuthenticateToken(context.Background(), compact)
	switch {
	case err != nil:
		return answer{"error": err.Error()}
	case !ok:
		return answer{"error": "not this authenticator's"}
	}
	user := response.User
	return answer{"user": answer{
		"username": user.GetName(), "uid": user.GetUID(), "groups": user.GetGroups(), "extra": user.GetExtra(),
	}}
}
