// Package half uses in pure Go what it defines with cgo only.
package half

// Four is 4*n.
func Four(n int) int { return twice(twice(n)) }
