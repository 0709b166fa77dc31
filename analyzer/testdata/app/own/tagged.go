//go:build cgotagged

package own

// #error not in this build
import "C"
