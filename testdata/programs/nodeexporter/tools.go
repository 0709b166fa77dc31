//go:build tools

// Package tools holds Prometheus's node_exporter in go.mod, to be built as
//
//	go build github.com/prometheus/node_exporter
package tools

import _ "github.com/prometheus/node_exporter"
