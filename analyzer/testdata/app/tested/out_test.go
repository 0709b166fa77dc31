package tested_test

import (
	_ "os/user" // want `^import "os/user" links with cgo: os/user$`

	_ "example.com/app/tested"
)
