package capture

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestPlace: a file with capabilities is privileged. Who may not give it any sees
// only that one without is not.
func TestPlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "app")
	if err := os.WriteFile(file, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	if p, err := Place("/app", file); err != nil || p.Privileged || p.Refused {
		t.Errorf("got %+v, %v, want nothing of it", p, err)
	}
	const bindService = "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" // as setcap writes it
	if err := syscall.Setxattr(file, "security.capability", []byte(bindService), 0); err != nil {
		t.Logf("no capabilities can be given here: %v", err)
		return
	}
	if p, err := Place("/app", file); err != nil || !p.Privileged {
		t.Errorf("got %+v, %v, want it privileged", p, err)
	}
}
