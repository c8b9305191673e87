// Command reference answers, one JSON line for each JSON line it reads, what Kubernetes' own Go packages say of an
// AuthenticationConfiguration, of a token's claims and of a CEL expression. ../README.md describes the protocol.
package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"k8s.io/klog/v2"
)

// request is one line of input; `op` decides which of the other fields matter.
type request struct {
	ID                    int             `json:"id"`
	Op                    string          `json:"op"`
	Config                string          `json:"config"`
	ConfigBase64          string          `json:"configBase64"`
	ServiceAccountIssuers []string        `json:"serviceAccountIssuers"`
	Claims                json.RawMessage `json:"claims"`
	Payload               *string         `json:"payload"`
	PayloadBase64         string          `json:"payloadBase64"`
	Now                   *int64          `json:"now"`
	Token                 string          `json:"token"`
	Keys                  *string         `json:"keys"`
	Scope                 string          `json:"scope"`
	Kind                  string          `json:"kind"`
	Expression            string          `json:"expression"`
	Input                 json.RawMessage `json:"input"`
}

type answer map[string]any

func main() {
	klog.SetLogger(klog.Logger{})
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	input := bufio.NewReaderSize(os.Stdin, 1<<20)
	output := bufio.NewWriter(os.Stdout)
	for {
		line, err := input.ReadBytes('\n')
		if len(line) > 0 {
			write(output, respond(line))
		}
		if err != nil {
			return
		}
	}
}

func write(output *bufio.Writer, response answer) {
	line, err := json.Marshal(response)
	if err != nil {
		line, _ = json.Marshal(answer{"id": response["id"], "failure": err.Error()})
	}
	output.Write(append(line, '\n'))
	output.Flush()
}

// respond never panics: where Kubernetes' code does, the answer has `panic`, for that is what an API server would meet.
func respond(line []byte) (response answer) {
	var asked request
	defer func() {
		if reason := recover(); reason != nil {
			response = answer{"panic": fmt.Sprint(reason)}
		}
		response["id"] = asked.ID
	}()
	if err := json.Unmarshal(line, &asked); err != nil {
		return answer{"failure": "not a request: " + err.Error()}
	}
	switch asked.Op {
	case "version":
		return answer{"version": kubernetesVersion}
	case "validate":
		return validate(asked)
	case "authenticate":
		return authenticate(asked)
	case "compile":
		return compile(asked)
	case "evaluate":
		return evaluate(asked)
	}
	return answer{"failure": fmt.Sprintf("no such op: %q", asked.Op)}
}

// config is the file's bytes.
func (asked request) config() []byte {
	return bytesOf(asked.Config, asked.ConfigBase64)
}

// payload is the token's claims as JSON text, or an input of `evaluate`, byte for byte as it was given.
func (asked request) payload() []byte {
	switch {
	case asked.Payload != nil:
		return []byte(*asked.Payload)
	case asked.PayloadBase64 != "":
		return bytesOf("", asked.PayloadBase64)
	case asked.Input != nil:
		return asked.Input
	}
	return asked.Claims
}

func bytesOf(text, encoded string) []byte {
	if encoded == "" {
		return []byte(text)
	}
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		panic(err)
	}
	return data
}
