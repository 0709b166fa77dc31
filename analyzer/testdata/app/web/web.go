// Package web comes to net in two ways.
package web

import (
	"fmt"
	http "net/http" // want `^import "net/http" links with cgo: net/http → net$`
	_ "os/user"     // want `^import "os/user" links with cgo: os/user$`
)

import . "net" // want `^import "net" links with cgo: net$`

var (
	_ = fmt.Sprint
	_ http.Handler
	_ Addr
)
