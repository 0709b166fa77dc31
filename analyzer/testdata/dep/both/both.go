// Package both comes to everything there is.
package both

import (
	_ "net/http" // want `import "net/http" links with cgo: net/http → net`
	_ "os/user"  // want `import "os/user" links with cgo: os/user`

	_ "example.com/dep"
	_ "example.com/dep/only"
)
