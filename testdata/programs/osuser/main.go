// Osuser is dynamic through os/user alone.
package main

import (
	"fmt"
	"os/user"
)

// A bare root file system has no users, so the error is of no matter.
func main() {
	_, _ = user.Current()
	fmt.Println("ok osuser")
}
