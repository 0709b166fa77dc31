package half

// static int c_twice(int n) { return 2 * n; }
import "C"

func twice(n int) int { return int(C.c_twice(C.int(n))) }
