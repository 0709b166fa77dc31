package web

import "net/http" // want `^import "net/http" links with cgo: net/http → net$`

var Client = http.DefaultClient
