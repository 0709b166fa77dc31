// Pluginlib is for -buildmode=plugin. As an executable it does nothing.
package main

// Hello is what a program looks up in the plugin.
func Hello() string { return "ok pluginlib" }

func main() {}
