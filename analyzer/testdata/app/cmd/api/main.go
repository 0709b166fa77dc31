// Api comes to everything through packages of its own module, where it is
// reported.
package main

import (
	"example.com/app/deps"
	"example.com/app/web"
)

func main() {
	_ = web.Client
	_ = deps.X
}
