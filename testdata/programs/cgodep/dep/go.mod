module example.com/cgodep/dep

go 1.21
