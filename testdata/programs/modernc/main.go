// Modernc has SQLite in Go: what to change sqlite for.
package main

import (
	"database/sql"
	"fmt"
	"log"

	_ "modernc.org/sqlite"
)

func main() {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	var one int
	if err := db.QueryRow("select 1").Scan(&one); err != nil || one != 1 {
		log.Fatalf("got %d, %v, want 1", one, err)
	}
	fmt.Println("ok modernc")
}
