package remedy

// Modules are the rows, by path.
var Modules = []Module{
	{Path: "github.com/mattn/go-sqlite3", Version: "v1.14.53", Use: "sqlite3.SQLiteDriver{}", Without: Stub,
		Instead: []string{"modernc.org/sqlite", "github.com/ncruces/go-sqlite3"}, Source: "static_mock.go (//go:build !cgo)"},
}
