// Pkgconf leaves it to pkg-config which libraries it needs.
package main

// #cgo pkg-config: libpcap
// #include <pcap/pcap.h>
import "C"

import (
	"fmt"
	"log"
)

func main() {
	if C.GoString(C.pcap_lib_version()) == "" {
		log.Fatal("got no version, want libpcap's")
	}
	fmt.Println("ok pkgconf")
}
