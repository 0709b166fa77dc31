package oci

import (
	"os"
	"syscall"

	"github.com/goportdoctor/goportdoctor/internal/process"
)

// temporary is a file that is gone when the process ends.
func temporary() (*os.File, error) {
	f, err := process.CreateTemp("layers")
	if err != nil {
		return nil, err
	}
	name := f.Name()
	if err := f.Close(); err != nil {
		return nil, err
	}
	p, err := syscall.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	const deleteOnClose, attributeTemporary = 0x04000000, 0x100
	h, err := syscall.CreateFile(p, syscall.GENERIC_READ|syscall.GENERIC_WRITE, syscall.FILE_SHARE_READ, nil,
		syscall.OPEN_EXISTING, deleteOnClose|attributeTemporary, 0)
	if err != nil {
		process.Remove(name)
		return nil, err
	}
	return os.NewFile(uintptr(h), name), nil
}
