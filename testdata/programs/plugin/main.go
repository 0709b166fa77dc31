// Plugin imports plugin, the one cgo package of std that the linker does not
// link itself. Without cgo it builds, and fails when it runs.
package main

import (
	"fmt"
	"log"
	"plugin"
	"strings"
)

func main() {
	_, err := plugin.Open("/missing.so")
	if err == nil || strings.Contains(err.Error(), "not implemented") {
		log.Fatalf("got %v, want a missing file", err)
	}
	fmt.Println("ok plugin")
}
