// Package only has nothing but cgo.
package only

// static int two(void) { return 2; }
import "C" // want `import "C" links with cgo`

func Two() int { return int(C.two()) }
