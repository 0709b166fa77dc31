#include <iostream>
#include <string>

// A string this long is on the heap, and a stream cannot be inlined: both
// need the library itself, not its headers alone.
extern "C" int length(int n) {
	std::string s(n, 'x');
	s += "end";
	std::cout << std::flush;
	return static_cast<int>(s.size());
}
