package main

// kubernetesVersion is set by the linker: the version of the Kubernetes packages inside.
var kubernetesVersion string
