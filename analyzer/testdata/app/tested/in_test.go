package tested

import (
	_ "net/http/httptest" // want `^import "net/http/httptest" links with cgo: net/http/httptest → net$`
	"testing"
)

func Test(*testing.T) {}
