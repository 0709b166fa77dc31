//go:build tools

// Package large pins two programs of more than a thousand packages each, for measuring.
package large

import (
	_ "k8s.io/kubernetes/cmd/kube-apiserver"
	_ "k8s.io/kubernetes/cmd/kubelet"
)
