package capture

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestDeepRoot: libraries below too many folders are not looked for, and that is said.
func TestDeepRoot(t *testing.T) {
	root := t.TempDir()
	deep := filepath.Join(root, strings.Repeat("d/", maxDepth+20))
	if err := os.MkdirAll(deep, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{deep, filepath.Join(root, "d")} {
		if err := os.WriteFile(filepath.Join(dir, "libx.so"), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	at, err := os.OpenRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	defer at.Close()
	files, _, unseen, err := dirTree{at}.libraries()
	if want := []string{"/d/libx.so"}; err != nil || !slices.Equal(files, want) {
		t.Errorf("got %q, %v, want %q", files, err, want)
	}
	if want := []string{strings.Repeat("/d", maxDepth)}; !slices.Equal(unseen, want) {
		t.Errorf("got %q not looked at, want %q", unseen, want)
	}
}
