package deps

var X int
