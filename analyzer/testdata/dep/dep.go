// Package dep has another file for want of cgo.
package dep

// static int one(void) { return 1; }
import "C" // want `import "C" links with cgo`

func One() int { return int(C.one()) }
