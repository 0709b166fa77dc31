module example.com/fmtonly

go 1.21
