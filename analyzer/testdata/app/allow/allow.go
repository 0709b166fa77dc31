package allow

import (
	_ "net" //goportdoctor:allow net the names are of a VPN

	//goportdoctor:allow os/user // want `^//goportdoctor:allow os/user gives no reason$`
	_ "os/user"

	//goportdoctor:allow example.com/dep one is fast in C
	_ "example.com/dep"

	_ "fmt"    //goportdoctor:allow net wrong // want `^//goportdoctor:allow net: the import does not reach cgo there$`
	_ "plugin" //goportdoctor:allow net wrong // want `^import "plugin" links with cgo: plugin$` `^//goportdoctor:allow net: the import does not reach cgo there$`
)
