package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// vetComparisons hold go vet with goportdoctor against go vet with a tool that
// does nothing but export a fact of each package. A run is cold in that no
// package was analyzed with its flags before, which a flag of the analyzer's own
// sees to (-c is the go command's since go1.26); all is compiled by then. Nothing
// is reported, for a report is a failed command.
func (m *measurement) vetComparisons() []comparison {
	nothing := m.nothing()
	vet := func(dir, title, run string, rounds int, pkgs ...string) comparison {
		words := func(tool, flag string) []string {
			return append([]string{"sh", "-c", "exec go vet -vettool=" + tool + " " + flag + run + ` "$@"`, "vet"}, pkgs...)
		}
		return comparison{title: title, limit: 1.1, dir: dir, rounds: rounds,
			ours: words(m.tool, "-cgoimport.allow=...,n"), theirs: [][]string{words(nothing, "-nothing.run=n")}}
	}
	const cold = "$(date +%N)"
	const other = "`go vet` with a tool that does nothing"
	return []comparison{
		vet(m.hello, other+", net hello world, cold", cold, 0, "."),
		vet(m.hello, other+", net hello world, warm", "", 0, "."),
		vet(m.large, fmt.Sprintf("%s, %d packages, cold", other, m.packages), cold, 3, largePrograms...),
		vet(m.large, fmt.Sprintf("%s, %d packages, warm", other, m.packages), "", 0, largePrograms...),
	}
}

// nothing builds the tool that does nothing.
func (m *measurement) nothing() string {
	tool := filepath.Join(filepath.Dir(m.tool), "nothing")
	m.run("", nil, "go", "build", "-o", tool, "./testdata/nothing")
	return tool
}

// vetPeaks are the largest resident sets, in KB, of goportdoctor and of the tool
// that does nothing on one package of vet's, net/http.
func (m *measurement) vetPeaks() (ours, theirs int) {
	cmd := exec.Command("go", "vet", "-work", "-vettool="+m.nothing(), fmt.Sprintf("-nothing.run=%d", time.Now().UnixNano()), "net/http")
	out, err := cmd.CombinedOutput()
	work := regexp.MustCompile(`(?m)^WORK=(.*)$`).FindSubmatch(out)
	if err != nil || work == nil {
		m.t.Fatalf("go vet net/http: %v\n%s", err, out)
	}
	defer os.RemoveAll(string(work[1]))
	units, _ := filepath.Glob(filepath.Join(string(work[1]), "*", "vet.cfg"))
	for _, unit := range units {
		if data, err := os.ReadFile(unit); err == nil && strings.Contains(string(data), `"ImportPath": "net/http"`) {
			return m.vetPeak(m.tool, unit), m.vetPeak(m.nothing(), unit)
		}
	}
	m.t.Fatalf("got no description of net/http among %d, want one", len(units))
	return 0, 0
}

// vetPeak is the median of a few runs.
func (m *measurement) vetPeak(tool, unit string) int {
	return median(9, func() int {
		cmd := exec.Command(tool, unit)
		if err := cmd.Start(); err != nil {
			m.t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- cmd.Wait() }()
		for peak := 0; ; peak = max(peak, highWater(cmd.Process.Pid)) {
			select {
			case <-done: // with reports, it fails
				return peak
			case <-time.After(time.Millisecond):
			}
		}
	})
}
