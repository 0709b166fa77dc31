// Netunused imports net and uses nothing of it: what dead-code elimination
// leaves of the C resolver decides how it is linked.
package main

import (
	"fmt"
	_ "net"
)

func main() { fmt.Println("ok netunused") }
