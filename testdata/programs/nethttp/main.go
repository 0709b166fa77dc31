// Nethttp gets net through net/http, as most programs do.
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
)

// local answers a request in the process itself: no socket is opened.
type local struct{}

func (local) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK,
		Header:     http.Header{},
		Body:       io.NopCloser(strings.NewReader("nethttp")),
		Request:    r,
	}, nil
}

func main() {
	client := &http.Client{Transport: local{}}
	get := client.Get
	if len(os.Args) > 99 {
		get = http.Get // never called; it keeps the real transport in
	}
	resp, err := get("http://localhost/")
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("ok %s\n", body)
}
