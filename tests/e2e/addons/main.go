// Applies a manifest (standard input) as k3s' deploy controller does for one of its addons: with the addon as owner, so
// that what an earlier manifest had and this one has not is found and deleted (k3s-io/k3s, pkg/deploy/controller.go).
//
// addons KUBECONFIG < manifest
package main

import (
	"bytes"
	"io"
	"log"
	"os"

	"github.com/rancher/wrangler/v3/pkg/apply"
	"github.com/rancher/wrangler/v3/pkg/objectset"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/clientcmd"
)

// k3s remembers the kinds of earlier manifests on the addon; ours are always of these.
var kinds = []schema.GroupVersionKind{
	corev1.SchemeGroupVersion.WithKind("Namespace"),
	rbacv1.SchemeGroupVersion.WithKind("Role"),
	rbacv1.SchemeGroupVersion.WithKind("RoleBinding"),
	rbacv1.SchemeGroupVersion.WithKind("ClusterRole"),
	rbacv1.SchemeGroupVersion.WithKind("ClusterRoleBinding"),
}

// The owner of what is applied: only its kind and name count, which the objects are annotated with.
var addon = &unstructured.Unstructured{Object: map[string]interface{}{
	"apiVersion": "k3s.cattle.io/v1",
	"kind":       "Addon",
	"metadata":   map[string]interface{}{"namespace": "kube-system", "name": "kube-oidc"},
}}

func main() {
	log.SetFlags(0)
	manifest, err := io.ReadAll(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	objects, err := read(manifest)
	if err != nil {
		log.Fatal(err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	desired, err := apply.NewForConfig(config)
	if err != nil {
		log.Fatal(err)
	}
	set := objectset.NewObjectSet(objects...)
	if err := desired.WithDynamicLookup().WithOwner(addon).WithGVK(kinds...).Apply(set); err != nil {
		log.Fatal(err)
	}
}

// read gives the items of a List, which is what NixOS writes.
func read(manifest []byte) ([]runtime.Object, error) {
	list, _, err := unstructured.UnstructuredJSONScheme.Decode(bytes.TrimSpace(manifest), nil, nil)
	if err != nil {
		return nil, err
	}
	var objects []runtime.Object
	err = list.(*unstructured.UnstructuredList).EachListItem(func(item runtime.Object) error {
		objects = append(objects, item)
		return nil
	})
	return objects, err
}
