//goportdoctor:target scratch

// Bare has to run where there is no C library.
package main

import "example.com/app/web" // want `^import "example.com/app/web" links with cgo: example.com/app/web → net; example.com/app/web → os/user, and target scratch has no C library$`

func main() { _ = web.Client }
