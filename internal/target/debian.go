package target

// A debianRelease is what the packages of one release hold for amd64.
type debianRelease struct {
	Suite, Glibc string
	Packages     string // with their versions
	Libraries    []debianLibrary
}

// A debianLibrary is one library. One that is not Required is in images only
// that add its package.
type debianLibrary struct {
	Soname, Package string
	Required        bool
	Needed, Defines string // separated by spaces
}
