module example.com/cexport

go 1.21
