package deps

import (
	_ "example.com/dep"      // want `^import "example.com/dep" links with cgo: example.com/dep$`
	_ "example.com/dep/both" // want `^import "example.com/dep/both" links with cgo: example.com/dep/both → example.com/dep; example.com/dep/both → example.com/dep/only; example.com/dep/both → os/user; example.com/dep/both → net/http → net$`
	_ "example.com/dep/only" // want `^import "example.com/dep/only" links with cgo: example.com/dep/only$`
	_ "example.com/pure"     // want `^import "example.com/pure" needs shared libraries, with cgo or without: example.com/pure → example.com/pure/internal/fake$`
)
