package broken

import (
	_ "example.com/nowhere"
	_ "net" // want `^import "net" links with cgo: net$`
)

var x int = "not an int"
