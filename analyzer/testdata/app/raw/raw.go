package raw

import _ "runtime/cgo" // want `^import "runtime/cgo" links with cgo: runtime/cgo$`
