package stubs

import _ "plugin" // want `^import "plugin" links with cgo: plugin$`
