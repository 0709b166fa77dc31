// Pcap needs a library that each distribution names in its own way.
package main

import (
	"fmt"
	"log"

	"github.com/google/gopacket/pcap"
)

func main() {
	if pcap.Version() == "" {
		log.Fatal("got no version, want libpcap's")
	}
	fmt.Println("ok pcap")
}
