// Sqlite has SQLite in C. Without cgo it builds with a stub, and says so when
// it runs.
package main

import (
	"database/sql"
	"fmt"
	"log"

	_ "github.com/mattn/go-sqlite3"
)

func main() {
	db, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	var one int
	if err := db.QueryRow("select 1").Scan(&one); err != nil || one != 1 {
		log.Fatalf("got %d, %v, want 1", one, err)
	}
	fmt.Println("ok sqlite")
}
