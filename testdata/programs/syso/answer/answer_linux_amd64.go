package answer

// Answer calls the C function in x_linux_amd64.syso.
func Answer() int32
