package own

// No function is used, and it is cgo all the same.

import "C"
